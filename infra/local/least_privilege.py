"""Every permission that a role of the stack has and nobody used: `python least_privilege.py endpoint region stack used.txt`.

The emulator enforces the roles and notes what it allowed (launcher.py). After the journeys, what is granted and not noted
is either not needed, or the emulator does not ask about it, or no journey comes by: the last two stand below, each with
its reason, and everything else is an error. What is lacking needs no check: it fails the journeys.
"""
import sys

import boto3

endpoint, region, stack, used_file = sys.argv[1:]
where = dict(endpoint_url=endpoint, region_name=region, aws_access_key_id="test", aws_secret_access_key="test")
iam, cloudformation = boto3.client("iam", **where), boto3.client("cloudformation", **where)

# By action, or by role and action.
UNSEEN = {
    "kms:": "asked of KMS by the service that holds the data; the emulator encrypts without asking",
    "logs:": "asked by the platform that delivers logs",
    "xray:": "asked by the platform",
    "sqs:ReceiveMessage": "asked by the platform that polls for the function",
    "sqs:DeleteMessage": "the same",
    "sqs:GetQueueAttributes": "the same",
    "dynamodb:GetRecords": "asked by the platform that reads the stream",
    "dynamodb:GetShardIterator": "the same",
    "dynamodb:DescribeStream": "the same",
    "dynamodb:ListStreams": "the same",
    "lambda:InvokeFunction": "asked by the state machine or the scheduler",
    "states:StartExecution": "the event rule's; functions that start runs are noted",
    "s3:AbortMultipartUpload": "asked for when an upload fails, which no journey brings about",
    "s3:ListBucket": "decides how S3 answers for what is not there; it is never asked for",
    "AggregateFunction sqs:SendMessage": "asked by the platform when a batch is given up",
    "DialFunction sqs:SendMessage": "asked when Twilio says 429, which no journey brings about",
    "KeepRecordingFunction s3:DeleteObject": "asked when a person is forgotten while the sound is on its way",
    # TableAccess is one policy for all: a function that writes one kind of item may write them all.
    "dynamodb:GetItem": "shared policy",
    "dynamodb:BatchGetItem": "shared policy",
    "dynamodb:Query": "shared policy",
    "dynamodb:PutItem": "shared policy",
    "dynamodb:UpdateItem": "shared policy",
    "dynamodb:DeleteItem": "shared policy",
    "dynamodb:BatchWriteItem": "shared policy",
}


def listed(value):
    return value if isinstance(value, list) else [value]


def documents(role):
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        if ":aws:policy/" in policy["PolicyArn"]:
            continue  # AWS's own
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        yield iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def reason(logical, action):
    keys = [f"{logical} {action}", action, action.split(":")[0] + ":"]
    return next((UNSEEN[key] for key in keys if key in UNSEEN), None)


with open(used_file, encoding="utf-8") as file:
    used = {tuple(line.split()) for line in file if len(line.split()) == 2}
shared = {}
roles = {
    resource["PhysicalResourceId"]: resource["LogicalResourceId"].removesuffix("Role")
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in page["StackResourceSummaries"]
    if resource["ResourceType"] == "AWS::IAM::Role"
}
problems, seen, excused = [], 0, 0
for role, logical in sorted(roles.items(), key=lambda entry: entry[1]):
    for document in documents(role):
        for statement in listed(document["Statement"]):
            for action in listed(statement.get("Action", [])):
                if (role, action) in used:
                    seen += 1
                    shared[action] = True
                elif reason(logical, action):
                    excused += 1
                    shared.setdefault(action, False)
                else:
                    problems.append(f"{logical}: {action} is granted and was not used ({statement.get('Sid', '?')})")
for action, anybody in sorted(shared.items()):
    if not anybody and UNSEEN.get(action) == "shared policy":
        problems.append(f"{action} is in the shared policy and nobody used it")
print(f"{len(roles)} roles: {seen} permissions used, {excused} that cannot be seen here, {len(problems)} unused")
print("\n".join(problems))
sys.exit(1 if problems else 0)
