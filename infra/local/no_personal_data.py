"""Looks for people in the logs of the local world: `python no_personal_data.py endpoint region stack network private_table`.

Whom it looks for is taken from where they are really known: the numbers that the simulated network was asked to call, and
the names and addresses in the private table's index. Every line that any function, state machine or the API wrote since the
world came up is held against all of them. Prints lines by their group and stream, never by what was found in them.
"""
import collections
import json
import sys
import urllib.request

import boto3

endpoint, region, stack, network, private_table = sys.argv[1:]
where = dict(endpoint_url=endpoint, region_name=region, aws_access_key_id="test", aws_secret_access_key="test")


def people():
    """What no log may say, in lower case."""
    with urllib.request.urlopen(f"{network}/_network/numbers") as answer:
        for number in json.load(answer):
            digits = number.lstrip("+")
            yield "number", digits
            yield "number", "0" + digits[2:]  # as it is dialled at home, in two-digit countries
    pages = boto3.client("dynamodb", **where).get_paginator("scan").paginate(TableName=private_table)
    for item in (item for page in pages for item in page["Items"]):
        partition, entry = item["pk"]["S"], item["sk"]["S"].rsplit("#", 1)[0].lower()
        if "#contacts#" in partition and " " in entry:
            yield "name", entry
            yield "name", " ".join(reversed(entry.split(" ", 1)))
        elif "#F#" in partition and "@" in entry:
            yield "address", entry


def lines():
    logs = boto3.client("logs", **where)
    for prefix in (f"/carillon/{stack}/", f"/aws/vendedlogs/states/{stack}", f"/aws/lambda/{stack}"):
        for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            for event in (event for page in pages for event in page["events"]):
                yield group["logGroupName"], event["message"]


# By their first characters, for a million comparisons of each line would take a while.
START = 6
known = collections.defaultdict(set)
for kind, text in people():
    if len(text) >= START:
        known[text[:START]].add((kind, text))
total, found = 0, collections.Counter()
for group, line in lines():
    total += 1
    line = line.lower()
    for at in range(len(line) - START + 1):
        for kind, text in known.get(line[at : at + START], ()):
            if line.startswith(text, at):
                found[(group, kind)] += 1
people_known = sum(len(texts) for texts in known.values())
for (group, kind), count in sorted(found.items()):
    print(f"{group}: a {kind} {count} times")
print(f"{total} lines, {people_known} numbers, names and addresses, {sum(found.values())} found")
if not total or not people_known:
    print("nothing to compare: this shows nothing")
sys.exit(0 if total and people_known and not found else 1)
