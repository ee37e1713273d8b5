"""The root secret of the service, and keys that are derived from it for one purpose each."""

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from holdfast.api.codes import UNAVAILABLE

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

SECRET_TTL_S = 300


def root_secret() -> bytes:
    """Return the HS256 secret of this deployment.

    In stage `local` the secret comes from the environment. Elsewhere it comes from Secrets Manager and is
    cached for 5 minutes. Raises `Unavailable` when no secret is configured or Secrets Manager does not
    answer.
    """
    current = settings()
    if current.stage == "local" and current.jwt_secret:
        return current.jwt_secret.get_secret_value().encode()
    if not current.jwt_secret_id:
        raise Unavailable(UNAVAILABLE, "No token secret is configured; set HOLDFAST_JWT_SECRET_ID.")
    return _stored_secret(current.jwt_secret_id)


def derived_key(purpose: str) -> bytes:
    """Return a 32-byte key that serves `purpose` alone, so a token for one purpose is useless for another."""
    return hmac.digest(root_secret(), f"holdfast/{purpose}".encode(), hashlib.sha256)


def _stored_secret(name: str) -> bytes:
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        value = _provider().get(name, max_age=SECRET_TTL_S)
    except GetParameterError as error:
        raise Unavailable(UNAVAILABLE, "The token secret cannot be read now; try again shortly.") from error
    return value.encode() if isinstance(value, str) else bytes(value or b"")


@lru_cache
def _provider() -> "SecretsProvider":
    import boto3
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    from chalicelib.core.aws import config

    client = boto3.client("secretsmanager", endpoint_url=settings().secrets_endpoint_url, config=config())
    return SecretsProvider(boto3_client=client)
