"""AWS clients with bounded retries and timeouts. Each client is made once, on its first use."""

from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.settings import settings

LONGEST_FUNCTION_S = 300  # longer than any hook may take; nobody waits for a later answer

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


def config(*, pool: int = 32) -> "Config":
    """Return the settings that all clients share: 3 attempts, timeouts, and `pool` connections."""
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 3, "mode": "standard"},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=pool,
        # Ceph refuses a checksum that it did not ask for
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@lru_cache
def sqs() -> "SQSClient":
    """Return the client that sends messages to the queues."""
    import boto3

    client: SQSClient = boto3.client("sqs", endpoint_url=settings().sqs_endpoint_url, config=config())
    return client


@lru_cache
def lambdas() -> "LambdaClient":
    """Return the client that invokes functions.

    It makes a single attempt, because a second invocation is a second run.
    """
    import boto3
    from botocore.config import Config

    once = config().merge(Config(retries={"total_max_attempts": 1}, read_timeout=LONGEST_FUNCTION_S))
    client: LambdaClient = boto3.client("lambda", endpoint_url=settings().lambda_endpoint_url, config=once)
    return client
