"""`Idempotency-Key`: the same key and body get the same answer for 24 hours.

docs/development/architecture.md shows the place of this step in a request. Powertools keeps the answers in
the same table. A key belongs to one caller, workspace and route, so nobody receives the answer of another
caller. Refusals are not kept: after the cause is fixed, the same key may be used again.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chalice.app import Request, Response

from chalicelib.core import canonical
from chalicelib.core.errors import Conflict, Invalid, Unavailable
from chalicelib.core.settings import settings
from chalicelib.http.request import body_bytes
from holdfast.api.codes import (
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_IDEMPOTENCY_KEY,
    UNAVAILABLE,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer


KEPT_S = 24 * 3600
KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(key: str, request: Request, caller: Any, respond: Callable[[], Response]) -> Response:
    """Return the answer of `respond()`, or the answer that it gave before to the same key and body.

    Raises `Invalid` for an unusable key and for a key that was used with another body, `Conflict` while
    another request with the key is in progress, and every error of `respond`.
    """
    if not KEY.fullmatch(key):
        raise Invalid(INVALID_IDEMPOTENCY_KEY, "Idempotency-Key takes 1 to 255 printable ASCII characters.")
    from aws_lambda_powertools.utilities.idempotency import exceptions, idempotent_function

    def answer(*, sent: dict[str, str]) -> dict[str, Any]:  # noqa: ARG001  powertools reads it by name
        given = respond()
        return {"status": given.status_code, "headers": dict(given.headers), "body": given.body}

    wrapped = idempotent_function(
        answer,
        data_keyword_argument="sent",
        persistence_store=_layer(caller.workspace),
        config=_config(request),
        key_prefix="idempotency",
    )
    try:
        kept = wrapped(sent=_identity(key, request, caller))
    except exceptions.IdempotencyValidationError:
        raise Invalid(IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was sent with another body.") from None
    except exceptions.IdempotencyAlreadyInProgressError:
        message = "A request with this Idempotency-Key is still being answered."
        raise Conflict(IDEMPOTENCY_IN_PROGRESS, message) from None
    except (
        exceptions.IdempotencyPersistenceLayerError,
        exceptions.IdempotencyInconsistentStateError,
    ) as error:
        raise Unavailable(UNAVAILABLE, "The table does not answer now; try again shortly.") from error
    return Response(body=kept["body"], status_code=int(kept["status"]), headers=kept["headers"])


def _identity(key: str, request: Request, caller: Any) -> dict[str, str]:
    return {
        "key": f"{caller.user_id} {request.method} {request.path} {key}",
        "body": canonical.sha256_hex(body_bytes(request)),
    }


def _config(request: Request) -> Any:
    from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig

    # the context bounds how long a crashed attempt blocks its key
    return IdempotencyConfig(
        event_key_jmespath="key",
        payload_validation_jmespath="body",
        expires_after_seconds=KEPT_S,
        raise_on_no_idempotency_key=True,
        hash_function="sha256",
        lambda_context=request.lambda_context,
    )


@lru_cache(maxsize=64)
def _layer(workspace: str) -> "DynamoDBPersistenceLayer":
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

    return DynamoDBPersistenceLayer(
        table_name=settings().table_name,
        key_attr="pk",
        sort_key_attr="sk",
        static_pk_value=settings().partition(workspace, "idempotency"),
        expiry_attr="ttl",
        boto3_client=_client(),
    )


@lru_cache
def _client() -> Any:
    import boto3

    from chalicelib.core.aws import config

    return boto3.client("dynamodb", endpoint_url=settings().dynamodb_endpoint_url, config=config())
