"""REST views of signed URLs, for the filesystem adapter. The signature of the URL is the permission."""

from chalice.app import Request

from chalicelib.core.errors import Unauthenticated
from chalicelib.http.request import body_bytes
from chalicelib.http.routes import PUBLIC, Answer, Routes
from chalicelib.storage import service
from chalicelib.storage.attachment import attachment
from chalicelib.storage.filesystem.signed_urls import ROUTE
from holdfast.api.codes import SIGNED_URL_REFUSED

OCTETS = "application/octet-stream"

bp = Routes(__name__)


@bp.put(ROUTE, scope=PUBLIC, answers={200: None}, refusals=(401, 404, 422), reads=OCTETS)
def store_object(request: Request) -> Answer:
    """Store the bytes that a signed upload URL is bound to."""
    service.accept_upload(_signed_parameters(request), body_bytes(request))
    return Answer(None)


@bp.get(ROUTE, scope=PUBLIC, answers={200: bytes}, refusals=(400, 401, 404, 422))
def fetch_object(request: Request) -> Answer:
    """Fetch the bytes that a signed download URL names."""
    found = service.open_download(_signed_parameters(request))
    # always an attachment of no known type: a browser must never run stored bytes as a page of Holdfast
    headers = {"Content-Type": OCTETS, "Content-Disposition": attachment(found.filename)}
    return Answer(b"".join(found.chunks), headers=headers)


def _signed_parameters(request: Request) -> dict[str, str]:
    parameters = {name: str(value) for name, value in (request.query_params or {}).items()}
    if "signature" not in parameters:
        raise Unauthenticated(
            SIGNED_URL_REFUSED, "This route takes signed URLs only; ask for an upload plan or a download."
        )
    return parameters
