"""An independent S3 (moto) on a port of this machine, with one bucket. Prints the port; ends with its input."""

import json
import sys

import boto3
from moto.server import ThreadedMotoServer

bucket = sys.argv[1]
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
s3 = boto3.client(
    "s3",
    endpoint_url=f"http://{host}:{port}",
    region_name="eu-central-1",
    aws_access_key_id="AKIA1",
    aws_secret_access_key="a-secret-of-the-test",
)
s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def line(value):
    print(json.dumps(value), flush=True)


line({"port": port})
for asked in sys.stdin:
    words = asked.split()
    if words == ["list"]:
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        line([{"key": one["Key"], "size": one["Size"]} for one in listed])
    elif words[0] == "put":
        s3.put_object(Bucket=bucket, Key=words[1], Body=b"not of the program")
        line({"put": words[1]})
server.stop()
