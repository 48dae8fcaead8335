"""Queries of the emulator answered from where their range begins, as DynamoDB answers them.

By itself the emulator sorts the whole partition and parses the key condition anew for each of its items: a page of fifty
out of a hundred thousand takes seconds, in which nothing else is answered. Only questions of the three shapes that
crates/store/src/dynamo.rs asks are answered here, with text for keys; whatever else is asked, and whatever is wrong with a
question, is left to the emulator.
"""
import bisect

import ministack.services.dynamodb as dynamodb

ALL = "#pk = :pk"
PREFIX = "#pk = :pk AND begins_with(#sk, :prefix)"
BETWEEN = "#pk = :pk AND #sk BETWEEN :from AND :to"
OPERANDS = {ALL: (), PREFIX: (":prefix",), BETWEEN: (":from", ":to")}
KNOWN = {
    "TableName", "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ScanIndexForward",
    "Limit", "ExclusiveStartKey", "ConsistentRead",
}
LAST = "\U0010ffff" * 4  # sorts after whatever follows a prefix

# Sort keys in order, of partitions large enough for it to matter: by table and partition, with the partition itself.
_sorted, WORTH_IT = {}, 100

_set_item, _remove_item = dynamodb._set_item, dynamodb._remove_item
_query, _evaluate = dynamodb._query, dynamodb._evaluate_condition


def _text(value):
    return value.get("S") if isinstance(value, dict) and len(value) == 1 else None


def _operands(expression, values):
    """The condition's operands, partition key first, if it is one of the three and they are all text."""
    names = OPERANDS.get(expression)
    texts = [_text((values or {}).get(name)) for name in (":pk", *names)] if names is not None else [None]
    return texts if all(texts) else None


def _in_order(table, pk, partition):
    """The partition's sort keys, in order. Text sorts by code point, which is how its bytes sort in DynamoDB."""
    if len(partition) < WORTH_IT:
        return sorted(partition)
    of, keys = _sorted.get((id(table), pk), (None, ()))
    if of is not partition or len(keys) != len(partition):
        keys = sorted(partition)
        _sorted[id(table), pk] = (partition, keys)
    return keys


def _noted(change, add):
    """A change to an item that keeps the order known."""

    def changed(table, pk, sk, *rest):
        partition = table["items"].get(pk)
        of, keys = _sorted.get((id(table), pk), (None, ()))
        if of is not None and of is partition and (sk in of) != add:
            at = bisect.bisect_left(keys, sk)
            if add:
                keys.insert(at, sk)
            elif keys[at : at + 1] == [sk]:
                del keys[at]
        return change(table, pk, sk, *rest)

    return changed


def _by_key(data):
    """The answer to a question that can be answered so; otherwise none."""
    operands = _operands(data.get("KeyConditionExpression"), data.get("ExpressionAttributeValues"))
    table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
    if operands is None or table is None or not KNOWN.issuperset(data):
        return None
    pk_name, sk_name, names = table["pk_name"], table.get("sk_name"), data.get("ExpressionAttributeNames") or {}
    named = {"#pk": pk_name} if len(operands) == 1 else {"#pk": pk_name, "#sk": sk_name}
    limit, forward = data.get("Limit"), data.get("ScanIndexForward", True)
    if not sk_name or names != named or dynamodb._get_attr_type(table, sk_name) != "S" or (limit is not None and limit < 1):
        return None
    pk, *bounds = operands
    partition = table["items"].get(pk, {})
    keys = _in_order(table, pk, partition)
    begin, end = 0, len(keys)
    if bounds:
        low, high = (bounds[0], bounds[0] + LAST) if len(bounds) == 1 else bounds
        if low > high:
            return None
        begin, end = bisect.bisect_left(keys, low), bisect.bisect_right(keys, high)
    start = data.get("ExclusiveStartKey")
    if start is not None:
        behind = _text(start.get(sk_name))
        if set(start) != {pk_name, sk_name} or _text(start[pk_name]) != pk or not behind:
            return None
        if bounds and not low <= behind <= high:
            return None
        begin, end = (max(begin, bisect.bisect_right(keys, behind)), end) if forward else (
            begin, min(end, bisect.bisect_left(keys, behind))
        )
    places = range(begin, end) if forward else range(end - 1, begin - 1, -1)
    items, more = dynamodb._paginate_evaluated_items((partition[keys[at]] for at in places), limit, table)
    result = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    if more and items:
        result["LastEvaluatedKey"] = {name: items[-1][name] for name in (pk_name, sk_name)}
    return dynamodb.json_response(result)


def _holds(expression, item, values, names, *rest, **more):
    """A key condition held against an item of an index without parsing it; every other condition as before."""
    operands = _operands(expression, values) if more.get("slot") == "KeyConditionExpression" else None
    texts = operands and [_text(item.get((names or {}).get(name))) for name in ("#pk", "#sk")]
    if not operands or texts[0] is None or (len(operands) > 1 and texts[1] is None):
        return _evaluate(expression, item, values, names, *rest, **more)
    (pk, *bounds), (mine, sort) = operands, texts
    if len(bounds) == 1:
        return mine == pk and sort.startswith(bounds[0])
    return mine == pk and (not bounds or bounds[0] <= sort <= bounds[1])


def answered_by_key():
    """From now on."""
    dynamodb._set_item, dynamodb._remove_item = _noted(_set_item, True), _noted(_remove_item, False)
    dynamodb._query = lambda data: _by_key(data) or _query(data)
    dynamodb._evaluate_condition = _holds
