"""Clients of the embedded engine. They use dummy credentials, so no real key is ever sent to the engine."""

import boto3

REGION = "us-east-1"
DUMMY_KEY = "test"


def session() -> boto3.Session:
    """Return a session that the engine accepts; the configuration of this machine has no influence on it."""
    return boto3.Session(aws_access_key_id=DUMMY_KEY, aws_secret_access_key=DUMMY_KEY, region_name=REGION)
