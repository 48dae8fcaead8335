"""Puts the built dashboard where its stack serves it from: `python publish.py endpoint region stack dist`; endpoint `-` is
AWS itself.

Files with a hash in their name come first and stay for good with browsers; the page that names them comes last, so that
nobody is shown one whose scripts are not there yet. Files of earlier builds are kept for a month: a page that has been
open since then still loads its parts from them.
"""
import datetime
import json
import mimetypes
import pathlib
import sys

import boto3

KEPT = datetime.timedelta(days=30)

endpoint, region, stack, dist = sys.argv[1:]
where = {"region_name": region}
if endpoint != "-":
    where |= {"endpoint_url": endpoint, "aws_access_key_id": "test", "aws_secret_access_key": "test"}


def main():
    described = boto3.client("cloudformation", **where).describe_stacks(StackName=stack)["Stacks"][0]
    out = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    if "DashboardBucket" not in out:
        raise SystemExit("this stack hosts no dashboard: deploy it with DashboardHosting=true")
    bucket = boto3.resource("s3", **where).Bucket(out["DashboardBucket"])
    root = pathlib.Path(dist)
    files = [path for path in root.rglob("*") if path.is_file() and ".vite" not in path.parts]

    def put(key, body):
        hashed = key.startswith("assets/")
        bucket.put_object(
            Key=key,
            Body=body,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            CacheControl="public, max-age=31536000, immutable" if hashed else "no-store",
        )

    for path in sorted(files, key=lambda path: path.name == "index.html"):
        if path.name == "index.html":
            # What the page is told of this installation (dashboard/src/shared/config.ts). The API is at the same address.
            config = {"apiUrl": "/", "userPoolId": out["UserPoolId"], "userPoolClientId": out["UserPoolClientId"]}
            put("config.json", json.dumps(config).encode())
        put(path.relative_to(root).as_posix(), path.read_bytes())

    current = {path.relative_to(root).as_posix() for path in files}
    before = datetime.datetime.now(datetime.timezone.utc) - KEPT
    for item in bucket.objects.filter(Prefix="assets/"):
        if item.key not in current and item.last_modified < before:
            item.delete()
    print(f"{len(files)} files: {out['DashboardUrl']}")


main()
