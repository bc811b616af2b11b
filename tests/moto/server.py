"""A stand-in for Amazon S3: PyPI's moto on a free port of this machine, with keys that may add objects and nothing else.

    python3 server.py FOLDER     FOLDER is where pip has put moto

Its first line is an object with its address and the keys. Each line that it reads is an object with one question, and is answered
by a line. It ends when its input ends.
"""

import json
import logging
import os
import sys
import urllib.request

sys.path.insert(0, sys.argv[1])

import boto3
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
LOCKED, UNLOCKED = "trail", "no-lock"
MAY = ["s3:PutObject", "s3:PutObjectRetention", "s3:GetBucketObjectLockConfiguration"]
# moto takes the question whether a bucket locks for the question what is in it.
MAY_FOR_MOTO = ["s3:ListBucket"]


def client(service, endpoint, key):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def policy(actions):
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def user(iam, name, actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=policy(actions))
    return iam.create_access_key(UserName=name)["AccessKey"]


def for_a_while(iam, sts, name, actions):
    """Keys that are only valid with their session token."""
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(actions))
    return sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]


def objects(s3, bucket):
    found = []
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        named = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
        read = s3.get_object(**named)
        until = read.get("ObjectLockRetainUntilDate")
        found.append(
            {
                "key": version["Key"],
                "version": version["VersionId"],
                "body": read["Body"].read().decode(),
                "lock": read.get("ObjectLockMode"),
                "until": until and until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
    return found


def answer(s3, question):
    if "objects" in question:
        return objects(s3, question["objects"])
    try:
        s3.delete_object(**question["delete"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "deleted"


logging.getLogger("werkzeug").setLevel(logging.ERROR)
os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(64 << 20)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://{}:{}".format(*server.get_host_and_port())

anybody = {"AccessKeyId": "anybody", "SecretAccessKey": "anything"}
open_s3 = client("s3", endpoint, anybody)
place = {"LocationConstraint": REGION}
open_s3.create_bucket(Bucket=LOCKED, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
open_s3.create_bucket(Bucket=UNLOCKED, CreateBucketConfiguration=place)
iam = client("iam", endpoint, anybody)
keys, own = user(iam, "apono", MAY + MAY_FOR_MOTO), user(iam, "owner", ["s3:*"])
sts = client("sts", endpoint, anybody)
while_valid = for_a_while(iam, sts, "archive", MAY + MAY_FOR_MOTO)
# From now on it checks every signature and every right.
reset = urllib.request.Request(f"{endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
urllib.request.urlopen(reset).read()

s3 = client("s3", endpoint, own)
here = {
    "endpoint": endpoint,
    "id": keys["AccessKeyId"],
    "secret": keys["SecretAccessKey"],
    "for_a_while": [while_valid[part] for part in ("AccessKeyId", "SecretAccessKey", "SessionToken")],
}
print(json.dumps(here), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(s3, json.loads(line))), flush=True)
server.stop()
