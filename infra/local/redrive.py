"""Gives dead letters another chance: `python redrive.py endpoint region stack queue`; endpoint `-` is AWS itself.

dial          back onto the queue they came from (SQS moves them itself where it can)
file-arrived  each letter is the bucket's event: its import is started with it
aggregate     each letter names a batch of the table's stream: it is read again and handed to aggregate. The stream keeps
              a day; what is older is told and left where it is.

Every one of these is harmless to repeat: orders find their attempt, imports their rows, batches their note.
"""
import datetime
import decimal
import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, region, stack, queue = sys.argv[1:]
where = {"region_name": region}
if endpoint != "-":
    where |= {"endpoint_url": endpoint, "aws_access_key_id": "test", "aws_secret_access_key": "test"}


def client(service):
    return boto3.client(service, **where)


def outputs():
    described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def letters(url):
    """Every letter, hidden from others for a minute; whoever takes one deletes it when it is done."""
    sqs = client("sqs")
    while True:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1)
        if not got.get("Messages"):
            return
        for message in got["Messages"]:
            yield message
            if not message.get("kept"):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def arn(url):
    got = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return got["Attributes"]["QueueArn"]


def dial(out):
    sqs = client("sqs")
    try:
        sqs.start_message_move_task(SourceArn=arn(out["DialDeadLettersUrl"]))
        return "SQS is moving them"
    except ClientError:  # an emulator, or a permission that is lacking: by hand then
        count = 0
        for letter in letters(out["DialDeadLettersUrl"]):
            sqs.send_message(QueueUrl=out["DialQueueUrl"], MessageBody=letter["Body"])
            count += 1
        return f"{count} moved"


def file_arrived(out):
    machines, count = client("stepfunctions"), 0
    for letter in letters(out["FileArrivedDeadLettersUrl"]):
        machines.start_execution(stateMachineArn=out["ImportMachineArn"], input=letter["Body"])
        count += 1
    return f"{count} imports started"


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    return float(value) if isinstance(value, decimal.Decimal) else str(value)


def aggregate(out):
    streams, functions, count, gone = client("dynamodbstreams"), client("lambda"), 0, 0
    for letter in letters(out["AggregateDeadLettersUrl"]):
        batch = json.loads(letter["Body"])["DDBStreamBatchInfo"]
        try:
            iterator = streams.get_shard_iterator(
                StreamArn=batch["streamArn"],
                ShardId=batch["shardId"],
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=batch["startSequenceNumber"],
            )["ShardIterator"]
            records = streams.get_records(ShardIterator=iterator, Limit=batch["batchSize"])["Records"]
        except ClientError:
            letter["kept"], gone = True, gone + 1
            continue
        payload = json.dumps({"Records": records}, default=plain).encode()
        answer = functions.invoke(FunctionName=out["AggregateFunction"], Payload=payload)
        if answer.get("FunctionError"):
            letter["kept"] = True
            raise SystemExit(f"aggregate still fails: {answer['Payload'].read().decode()}")
        count += 1
    return f"{count} batches counted, {gone} no longer in the stream"


print({"dial": dial, "file-arrived": file_arrived, "aggregate": aggregate}[queue](outputs()))
