"""Cursors: signed positions in a list. A cursor is valid only for the query that it was made for.

A page ends at the last item that was read, and the caller may not be allowed to see that item. So a cursor is
also unreadable for the caller. Equal positions in equal queries have equal cursors.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from chalicelib.core import canonical
from chalicelib.core.errors import Invalid
from chalicelib.core.secrets import derived_key
from holdfast.api.codes import INVALID_CURSOR

SIGNATURE_BYTES = 16


def encode(position: Any, *, query: Any) -> str | None:
    """Return a cursor for `position` (JSON) in the list that `query` (JSON) describes; None for None."""
    if position is None:
        return None
    body = json.dumps(position, separators=(",", ":")).encode()
    signature = _signature(body, query)
    return base64.urlsafe_b64encode(signature + _mask(body, signature)).decode().rstrip("=")


def decode(cursor: str | None, *, query: Any) -> Any:
    """Return the position in `cursor`; None when `cursor` is None.

    Raises `Invalid` (INVALID_CURSOR) when the cursor was edited or belongs to another query.
    """
    if cursor is None:
        return None
    raw = _bytes_of(cursor)
    signature, masked = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    body = _mask(masked, signature)
    if not hmac.compare_digest(signature, _signature(body, query)):
        raise _refusal()
    return json.loads(body)


def _signature(body: bytes, query: Any) -> bytes:
    message = canonical.encode(query) + b"\0" + body
    return hmac.digest(derived_key("cursor"), message, hashlib.sha256)[:SIGNATURE_BYTES]


def _mask(body: bytes, signature: bytes) -> bytes:
    """Apply to `body` a mask that only this service can compute; a second call undoes the first.

    The mask depends on `signature`, so no two bodies share a mask.
    """
    mask = hashlib.shake_256(derived_key("cursor-mask") + signature).digest(len(body))
    return bytes(left ^ right for left, right in zip(body, mask, strict=True))


def _bytes_of(cursor: str) -> bytes:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refusal() from error


def _refusal() -> Invalid:
    return Invalid(INVALID_CURSOR, "The cursor was not given for this query; start again without it.")
