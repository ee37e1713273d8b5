"""Signed, expiring URLs of the service itself, for bytes that the filesystem adapter keeps.

A client cannot distinguish them from presigned URLs of S3. The signature covers the method and every
parameter. So a URL to fetch never stores, and a URL for a part is valid for that part of that upload alone.
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
    """Return `{base_url}/storage/objects?…`, valid for `method` with exactly these `parameters`.

    The URL is valid until `expires_at`.
    """
    complete = {**parameters, "expires": str(int(expires_at.timestamp()))}
    query = urlencode({**complete, "signature": _signature(method, complete)})
    return f"{base_url.rstrip('/')}{ROUTE}?{query}"


def expiry(lifetime_s: int) -> datetime:
    """Return when a URL that is made now expires, as a whole second, because the URL holds seconds."""
    return (clock.now() + timedelta(seconds=lifetime_s)).replace(microsecond=0)


def verify(method: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that were signed for `method`, without the signature.

    Raises `Unauthenticated` (SIGNED_URL_REFUSED) when a parameter was changed, added or left out, or the URL
    has expired.
    """
    signed = {name: value for name, value in parameters.items() if name != "signature"}
    given = parameters.get("signature", "").encode(errors="replace")
    if not hmac.compare_digest(_signature(method, signed).encode(), given):
        raise _refusal()
    if clock.now() >= datetime.fromtimestamp(int(signed["expires"]), UTC):
        raise _refusal()
    return signed


def _signature(method: str, parameters: Mapping[str, str]) -> str:
    # A stranger may send invalid Unicode: that is a wrong signature, and no fault of Holdfast.
    query = urlencode(sorted(parameters.items()), errors="surrogatepass")
    text = f"{method}\n{query}"
    return hmac.digest(derived_key("storage-url"), text.encode(), hashlib.sha256).hex()


def _refusal() -> Unauthenticated:
    return Unauthenticated(SIGNED_URL_REFUSED, "This URL was not signed by Holdfast, or it has expired.")
