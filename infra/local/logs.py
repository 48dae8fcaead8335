"""Prints the lines of functions, oldest first: `python logs.py endpoint region stack function grep minutes`."""
import sys
import time

import boto3

endpoint, region, stack, function, wanted, minutes = sys.argv[1:]
logs = boto3.client(
    "logs",
    endpoint_url=endpoint,
    region_name=region,
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
prefix = f"/carillon/{stack}/{function}"
since = int((time.time() - 60 * int(minutes)) * 1000)
lines = []
for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
    name = group["logGroupName"]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name, startTime=since)
    for event in (event for page in pages for event in page["events"]):
        message = event["message"].rstrip()
        # The emulator writes the platform's lines although the template asks for none.
        if message.startswith(("START RequestId", "END RequestId", "REPORT RequestId")) or wanted not in message:
            continue
        lines.append((event["timestamp"], name.rsplit("/", 1)[1], message))
for _, name, message in sorted(lines, key=lambda line: line[0]):
    print(f"{name}: {message}")
