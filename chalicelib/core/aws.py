"""AWS clients, each made once, on first use, with bounded retries and timeouts."""

from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.settings import settings

LONGEST_FUNCTION_S = 300  # longer than any hook may take; an answer after that is nobody's

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


def config(*, pool: int = 32) -> "Config":
    """Shared client settings: 3 attempts, no needless checksum (Ceph refuses those it did not ask for)."""
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 3, "mode": "standard"},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=pool,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@lru_cache
def sqs() -> "SQSClient":
    """The client that puts work on the queues."""
    import boto3

    client: SQSClient = boto3.client("sqs", endpoint_url=settings().sqs_endpoint_url, config=config())
    return client


@lru_cache
def lambdas() -> "LambdaClient":
    """The client that invokes functions: once each, since a second invocation is a second run."""
    import boto3
    from botocore.config import Config

    once = config().merge(Config(retries={"total_max_attempts": 1}, read_timeout=LONGEST_FUNCTION_S))
    client: LambdaClient = boto3.client("lambda", endpoint_url=settings().lambda_endpoint_url, config=once)
    return client
