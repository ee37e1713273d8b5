"""Signed, expiring URLs of the service itself, for bytes that the filesystem adapter keeps.

A client cannot tell them from an S3 presigned URL. The signature covers the method and every parameter, so a
URL to fetch never stores, and one for a part is good for that part of that upload alone.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from chalicelib.core import clock
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.secrets import derived_key
from holdfast.api.codes import SIGNED_URL_REFUSED

ROUTE = "/storage/objects"


def signed_url(base_url: str, method: str, parameters: Mapping[str, str], expires_at: datetime) -> str:
    """`{base_url}/storage/objects?…`, good for `method` with just these `parameters` until `expires_at`."""
    complete = {**parameters, "expires": str(int(expires_at.timestamp()))}
    query = urlencode({**complete, "signature": _signature(method, complete)})
    return f"{base_url.rstrip('/')}{ROUTE}?{query}"


def expiry(lifetime_s: int) -> datetime:
    """When a URL that is made now expires: a whole second, as the URL says it."""
    return (clock.now() + timedelta(seconds=lifetime_s)).replace(microsecond=0)


def verify(method: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters that we signed for `method`, without the signature.

    Raises `Unauthenticated` (SIGNED_URL_REFUSED) when anything was changed, added or left out, or time is up.
    """
    signed = {name: value for name, value in parameters.items() if name != "signature"}
    given = parameters.get("signature", "").encode(errors="replace")
    if not hmac.compare_digest(_signature(method, signed).encode(), given):
        raise _refused()
    if clock.now() >= datetime.fromtimestamp(int(signed["expires"]), UTC):
        raise _refused()
    return signed


def _signature(method: str, parameters: Mapping[str, str]) -> str:
    # What a stranger sends may be no valid Unicode; that is a wrong signature, not a fault of ours.
    query = urlencode(sorted(parameters.items()), errors="surrogatepass")
    text = f"{method}\n{query}"
    return hmac.digest(derived_key("storage-url"), text.encode(), hashlib.sha256).hex()


def _refused() -> Unauthenticated:
    return Unauthenticated(SIGNED_URL_REFUSED, "This URL is not one that we signed, or it has expired.")
