"""Clients of the embedded engine. Its credentials are dummies, so that no real key is ever sent to it."""

import boto3

REGION = "us-east-1"
DUMMY_KEY = "test"


def session() -> boto3.Session:
    """A session that the engine accepts, whatever this machine is configured with."""
    return boto3.Session(aws_access_key_id=DUMMY_KEY, aws_secret_access_key=DUMMY_KEY, region_name=REGION)
