"""Carries what people have said since into a restored table: `python carry_over.py region OLD NEW INSTANT [endpoint]`.

OLD is the table that is being replaced, NEW what point-in-time recovery has made of it as of INSTANT. To be run before the
stack is switched to NEW, while nobody works with it; harmless to repeat.

- Every suppression of OLD is put into NEW. Whoever is suppressed in NEW alone stays so: somebody took that back since, and
  can do so again; to call is what cannot be taken back.
- Consents that OLD does not have any more are taken from the contacts in NEW. None is added.
- Who was forgotten since INSTANT is told, a tenant and a contact's id each: for them `POST /v1/contacts/ID/erase` is asked
  once more after switching, which ends enrollments and has recordings deleted as well.

Reads all of OLD. Prints no number: the keys of suppressions hold them.
"""
import datetime
import re
import sys

import boto3
from botocore.exceptions import ClientError

SUPPRESSION = re.compile(r"T#[^#]+#S#.")
CONTACT = re.compile(r"T#([^#]+)#C#(.+)")


def when(text):
    return datetime.datetime.fromisoformat(text)


def narrowed(dynamodb, new, key, said):
    """Takes from a contact in NEW the consents that it does not have in OLD. Returns whether there were any."""
    there = dynamodb.get_item(TableName=new, Key=key, ConsistentRead=True).get("Item")
    if not there:
        return False
    given = there.get("consents", {"L": []})["L"]
    kept = [consent for consent in given if consent in said]
    if kept == given:
        return False
    dynamodb.update_item(
        TableName=new,
        Key=key,
        UpdateExpression="SET consents = :kept",
        ExpressionAttributeValues={":kept": {"L": kept}},
    )
    return True


def main(region, old, new, instant, endpoint=None):
    dynamodb, since = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint), when(instant)
    suppressed, fewer, forgotten = 0, 0, []
    for page in dynamodb.get_paginator("scan").paginate(TableName=old, ConsistentRead=True):
        for item in page["Items"]:
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if SUPPRESSION.match(pk):
                dynamodb.put_item(TableName=new, Item=item)
                suppressed += 1
            elif (of := CONTACT.fullmatch(pk)) and sk == "CONTACT" and when(item["updated_at"]["S"]) >= since:
                fewer += narrowed(dynamodb, new, {"pk": item["pk"], "sk": item["sk"]}, item.get("consents", {"L": []})["L"])
            elif of and sk == "ERASED" and when(item["at"]["S"]) >= since:
                forgotten.append(of.groups())
    print(f"{suppressed} suppressions, {fewer} contacts with fewer consents, {len(forgotten)} forgotten since:")
    for tenant, contact in forgotten:
        print(f"  {tenant} {contact}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ClientError as error:  # not its traceback, in which keys stand
        sys.exit(f"{error.operation_name}: {error.response['Error']['Code']}")
