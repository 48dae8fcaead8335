"""Gives dead letters another chance: `python redrive.py endpoint region stack queue`; endpoint `-` is AWS itself.

dial, webhook, recording  back onto the queue they came from (SQS moves them itself where it can)
file-arrived              each letter is the bucket's event: its import is started with it
aggregate, announce       each letter names a batch of the table's stream: it is read again and handed to the function. The
                          stream keeps a day; what is older is told and left where it is.

Every one of these is harmless to repeat: orders find their attempt, imports their rows, batches their note, deliveries and
recordings what has been taken.
"""
import base64
import datetime
import decimal
import json
import sys

import boto3
from botocore.exceptions import ClientError


class Stack:
    """One stack, here or in an account."""

    def __init__(self, endpoint, region, stack):
        self.where = {"region_name": region}
        if endpoint != "-":
            self.where |= {"endpoint_url": endpoint, "aws_access_key_id": "test", "aws_secret_access_key": "test"}
        described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        self.out = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def client(self, service):
        return boto3.client(service, **self.where)

    def letters(self, url):
        """Every letter, hidden from others for a minute; whoever takes one deletes it when it is done."""
        sqs = self.client("sqs")
        while True:
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1)
            if not got.get("Messages"):
                return
            for message in got["Messages"]:
                yield message
                if not message.get("kept"):
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def moved(stack, dead, queue):
    sqs = stack.client("sqs")
    got = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    try:
        sqs.start_message_move_task(SourceArn=got["Attributes"]["QueueArn"])
        return "SQS is moving them"
    except ClientError:  # an emulator, or a permission that is lacking: by hand then
        count = 0
        for letter in stack.letters(dead):
            sqs.send_message(QueueUrl=queue, MessageBody=letter["Body"])
            count += 1
        return f"{count} moved"


def file_arrived(stack):
    machines, count = stack.client("stepfunctions"), 0
    for letter in stack.letters(stack.out["FileArrivedDeadLettersUrl"]):
        machines.start_execution(stateMachineArn=stack.out["ImportMachineArn"], input=letter["Body"])
        count += 1
    return f"{count} imports started"


def matches(pattern, value):
    """Whether a part of a record is as a filter wants it: as much of EventBridge's patterns as the template's filters use."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(matches(wanted, value.get(name)) for name, wanted in pattern.items())
    for wanted in pattern:
        if isinstance(wanted, str):
            if value == wanted:
                return True
        elif list(wanted) == ["prefix"]:
            if isinstance(value, str) and value.startswith(wanted["prefix"]):
                return True
        else:
            raise SystemExit(f"a filter that redrive does not know: {wanted}")
    return False


def batch(streams, info, filters):
    """What the function was given, all of it and nothing else: it tells a batch that it has counted in part by the first
    record and by how many there were. None if the stream does not have it any more."""
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=info["streamArn"],
            ShardId=info["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=info["startSequenceNumber"],
        )["ShardIterator"]
        records, last = [], int(info["endSequenceNumber"])
        while iterator:  # a page has at most a megabyte, which a batch is seldom less than
            page = streams.get_records(ShardIterator=iterator, Limit=1000)
            for record in page["Records"]:
                number = int(record["dynamodb"]["SequenceNumber"])
                if number <= last and (not filters or any(matches(pattern, record) for pattern in filters)):
                    records.append(record)
                if number >= last:
                    return records
            iterator = page.get("NextShardIterator")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TrimmedDataAccessException", "ResourceNotFoundException"):
            raise
    return None


def plain(value):
    """As Lambda writes it into an event."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"nobody knows how an event has a {type(value).__name__}")


def payload(records):
    return json.dumps({"Records": records}, default=plain).encode()


def handed_over(stack, dead, function):
    streams, functions, count, gone = stack.client("dynamodbstreams"), stack.client("lambda"), 0, 0
    for letter in stack.letters(dead):
        info = json.loads(letter["Body"])["DDBStreamBatchInfo"]
        sources = functions.list_event_source_mappings(FunctionName=function, EventSourceArn=info["streamArn"])
        [source] = sources["EventSourceMappings"]
        filters = [json.loads(it["Pattern"]) for it in source.get("FilterCriteria", {}).get("Filters", [])]
        records = batch(streams, info, filters)
        if records is None:
            letter["kept"], gone = True, gone + 1
            continue
        answer = functions.invoke(FunctionName=function, Payload=payload(records))
        if answer.get("FunctionError"):
            raise SystemExit(f"{function} still fails: {answer['Payload'].read().decode()}")  # and the letter stays
        count += 1
    return f"{count} batches handed over, {gone} no longer in the stream"


def main(endpoint, region, name, queue):
    stack = Stack(endpoint, region, name)
    if queue == "file-arrived":
        return file_arrived(stack)
    resource = queue.capitalize()
    dead = stack.out[f"{resource}DeadLettersUrl"]
    if queue in ("aggregate", "announce"):
        return handed_over(stack, dead, stack.out[f"{resource}Function"])
    return moved(stack, dead, stack.out[f"{resource}QueueUrl"])


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
