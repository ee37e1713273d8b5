"""DynamoDB answers that no engine gives on demand: throttling, conflicts, an outage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from chalicelib.dynamodb import items

CANCELED = "TransactionCanceledException"


@contextmanager
def refusing(
    operation: str,
    code: str,
    *,
    reasons: Sequence[str | None] = (),
    times: int | None = None,
    client: Any = None,
) -> Iterator[list[dict[str, Any]]]:
    """Answer `operation` with the error `code`, `times` times or always; gives what was asked, each time.

    `reasons` are the cancellation reasons of a transaction, by position. `client` is the table's own
    unless another is given.
    """
    asked: list[dict[str, Any]] = []
    body: dict[str, Any] = {
        "Error": {"Code": code, "Message": "as the test wants it"},
        "ResponseMetadata": {},
    }
    if reasons:
        body["CancellationReasons"] = [{"Code": reason or "None"} for reason in reasons]

    def refuse(params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        asked.append(params)
        if times is not None and len(asked) > times:
            return None
        return AWSResponse("http://the-engine", 400, HTTPHeaders(), None), body

    events = (client or items.connection().connection.client).meta.events
    event = f"before-call.dynamodb.{operation}"
    handler = cast(Callable[..., None], refuse)  # the stubs do not know that an answer may be given
    events.register(event, handler)
    try:
        yield asked
    finally:
        events.unregister(event, handler)
