"""Deploys infra/template.yaml as `sam package` and `sam deploy` would, only in seconds: `python deploy.py plan.json`.

Uploads what the template names by local path (functions as zip files, state machines, child templates), hands the
template to CloudFormation, waits, and seeds tenants: credentials at the simulated Twilio and people who may sign in.
Speaks to whatever endpoint the plan names through AWS's own APIs. Prints the stack's outputs as JSON.

The plan: {endpoint, region, stack, template, binaries: {name: path},
parameters: {name: value}, public_url_prefix?,
tenants: [{id, account_sid, auth_token, users: [{email, password, role}]}]}
"""
import hashlib
import io
import json
import os
import pathlib
import sys
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

ARTIFACTS = "carillon-artifacts"
LOCAL_PATHS = {  # what `sam package` uploads, as far as this template has it
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::CloudFormation::Stack": "TemplateURL",
}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Deployment:
    """One plan on its way."""

    def __init__(self, plan):
        self.plan = plan
        self.stack = plan["stack"]
        self.template = pathlib.Path(plan["template"]).resolve()
        self.session = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=plan["region"]
        )

    def client(self, service):
        config = Config(retries={"max_attempts": 2}, read_timeout=120)
        return self.session.client(service, endpoint_url=self.plan["endpoint"], config=config)

    def upload(self, s3, name, body):
        """Content-addressed, so that CloudFormation sees a change where there is one and only there."""
        key = f"{hashlib.sha256(body).hexdigest()[:32]}/{name}"
        try:
            s3.head_object(Bucket=ARTIFACTS, Key=key)
        except ClientError:
            s3.put_object(Bucket=ARTIFACTS, Key=key, Body=body)
        return key

    def zipped(self, binary):
        """The binary as Lambda wants it, uncompressed for speed. The same bytes give the same zip."""
        path = pathlib.Path(self.plan["binaries"][binary])
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, path.read_bytes())
        return buffer.getvalue()

    def package(self):
        """The template with its local paths uploaded and replaced; nothing else is touched."""
        s3 = self.client("s3")
        try:
            s3.head_bucket(Bucket=ARTIFACTS)
        except ClientError:
            s3.create_bucket(Bucket=ARTIFACTS)
        template = yaml_parse(self.template.read_text())
        for name, resource in template["Resources"].items():
            field = LOCAL_PATHS.get(resource["Type"])
            if field is None:
                continue
            properties = resource["Properties"]
            if resource["Type"] == "AWS::Serverless::Function":
                binary = resource["Metadata"]["BuildProperties"]["Binary"]
                key = self.upload(s3, f"{binary}.zip", self.zipped(binary))
                properties[field] = {"Bucket": ARTIFACTS, "Key": key}
            elif resource["Type"] == "AWS::Serverless::StateMachine":
                body = (self.template.parent / properties[field]).read_bytes()
                properties[field] = {"Bucket": ARTIFACTS, "Key": self.upload(s3, f"{name}.asl.json", body)}
            else:
                child = yaml_parse((self.template.parent / properties[field]).read_text())
                key = self.upload(s3, f"{name}.json", json.dumps(child).encode())
                properties[field] = f"{self.plan['endpoint']}/{ARTIFACTS}/{key}"
        return json.dumps(template)

    def deploy(self, body, parameters):
        """Creates or updates the stack and returns its outputs."""
        cloudformation = self.client("cloudformation")
        s3 = self.client("s3")
        key = self.upload(s3, "template.json", body.encode())
        arguments = {
            "StackName": self.stack,
            "TemplateURL": f"{self.plan['endpoint']}/{ARTIFACTS}/{key}",
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        status = self.status(cloudformation)
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
            cloudformation.delete_stack(StackName=self.stack)
            status = self.settled(cloudformation)
        try:
            if status in (None, "DELETE_COMPLETE"):
                cloudformation.create_stack(**arguments)
            else:
                cloudformation.update_stack(**arguments)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
        status = self.settled(cloudformation)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            for event in cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]:
                if event["ResourceStatus"].endswith("_FAILED"):
                    say(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}")
            raise SystemExit(f"the stack ended as {status}")
        return self.outputs(cloudformation)

    def status(self, cloudformation):
        try:
            return cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"]
        except ClientError:
            return None

    def settled(self, cloudformation):
        while (status := self.status(cloudformation)) and status.endswith("_IN_PROGRESS"):
            time.sleep(0.2)
        return status

    def outputs(self, cloudformation):
        described = cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    def seed_tenants(self, outputs):
        """What an operator would do for a new customer, through the same APIs."""
        secrets, cognito = self.client("secretsmanager"), self.client("cognito-idp")
        pool = outputs["UserPoolId"]
        for tenant in self.plan.get("tenants", []):
            name = f"{outputs['SecretsPrefix']}tenants/{tenant['id']}/twilio"
            value = json.dumps({"account_sid": tenant["account_sid"], "auth_token": tenant["auth_token"]})
            try:
                secrets.create_secret(Name=name, SecretString=value, KmsKeyId=outputs["DataKeyArn"])
            except secrets.exceptions.ResourceExistsException:
                secrets.put_secret_value(SecretId=name, SecretString=value)
            for user in tenant["users"]:
                try:
                    cognito.admin_create_user(
                        UserPoolId=pool,
                        Username=user["email"],
                        MessageAction="SUPPRESS",
                        UserAttributes=[
                            {"Name": "email", "Value": user["email"]},
                            {"Name": "email_verified", "Value": "true"},
                            {"Name": "custom:tenant", "Value": tenant["id"]},
                        ],
                    )
                except cognito.exceptions.UsernameExistsException:
                    continue
                cognito.admin_set_user_password(
                    UserPoolId=pool, Username=user["email"], Password=user["password"], Permanent=True
                )
                cognito.admin_add_user_to_group(UserPoolId=pool, Username=user["email"], GroupName=user["role"])


def main():
    plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
    deployment = Deployment(plan)
    body = deployment.package()
    parameters = dict(plan.get("parameters", {}))
    cloudformation = deployment.client("cloudformation")
    prefix = plan.get("public_url_prefix")

    def public_url(outputs):
        # https://<id>.lambda-url.<region>.on.aws/ -> <prefix>/<id>: an emulator has no DNS of its own.
        return f"{prefix}/{outputs['WebhookUrl'].split('//')[1].split('.')[0]}"

    # The webhooks' address is known once the function has its URL. As with a domain of one's own in front, it then
    # comes in as PublicUrl: one more pass the first time, none afterwards.
    if prefix and deployment.status(cloudformation) in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        parameters["PublicUrl"] = public_url(deployment.outputs(cloudformation))
    outputs = deployment.deploy(body, parameters)
    if prefix and parameters.get("PublicUrl") != public_url(outputs):
        parameters["PublicUrl"] = public_url(outputs)
        outputs = deployment.deploy(body, parameters)
    if prefix:
        outputs["PublicUrl"] = parameters["PublicUrl"]
    deployment.seed_tenants(outputs)
    print(json.dumps(outputs))


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    main()
