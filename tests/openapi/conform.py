#!/usr/bin/env python3
"""Schemathesis against the deployed API: no answer may be a 5xx, nor another than the OpenAPI document promises.

    WORLD=.carillon/world.json python conform.py

It signs in as an operator and acts in a tenant of its own, so that whatever it makes, changes and deletes there is in
nobody's way. The seed is fixed and the time bounded. Prints a line per operation and phase that fails, and ends with
status 1 if one does.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

TENANT = "schemathesis"
SEED = 20261121
# Two cores that emulate AWS as well: what is not found in this time is not found by every landing.
SECONDS_MAX = 150
CASES_PER_OPERATION = 15
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


def post(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def operator(world):
    """An operator's id token, from the user pool."""
    users = [user for tenant in world["tenants"] for user in tenant["users"] if user["role"] == "operator"]
    answer = post(
        world["endpoint"],
        {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": world["outputs"]["UserPoolClientId"],
            "AuthParameters": {"USERNAME": users[0]["email"], "PASSWORD": users[0]["password"]},
        },
        {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
        },
    )
    return answer["AuthenticationResult"]["IdToken"]


def furnish(world, token):
    tenant = {"id": TENANT, "name": "Schemathesis", "timezone": "Europe/Berlin", "default_country": "DE"}
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    try:
        post(f"{world['api_url']}/v1/tenants", tenant, headers)
    except urllib.error.HTTPError as error:
        if error.code != 409:  # There already.
            raise


def main():
    world = json.loads(pathlib.Path(os.environ["WORLD"]).read_text())
    token = operator(world)
    furnish(world, token)
    here = pathlib.Path(__file__).resolve().parent
    scratch = pathlib.Path(tempfile.mkdtemp())  # Schemathesis also keeps notes where it is run.
    report = scratch / "report.xml"
    command = [
        pathlib.Path(sys.executable).parent / "schemathesis",
        "run", here.parent.parent / "docs/openapi.json",
        "--url", world["api_url"],
        "--header", f"authorization: Bearer {token}",
        "--header", f"x-carillon-tenant: {TENANT}",
        "--checks", ",".join(CHECKS),
        "--seed", str(SEED),
        "--max-time", str(SECONDS_MAX),
        "--max-examples", str(CASES_PER_OPERATION),
        "--continue-on-failure",
        "--report", "junit", "--report-junit-path", report,
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(here)}
    status = subprocess.run(command, check=False, cwd=scratch, env=os.environ | hooks).returncode
    cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else []
    passed = failed = 0
    for case in cases:
        bad = case.find("failure") is not None or case.find("error") is not None
        failed += bad
        passed += not bad and case.find("skipped") is None
    if status and not failed:
        failed = 1  # It did not get to the end.
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
