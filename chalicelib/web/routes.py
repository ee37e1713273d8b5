"""REST views of what the service says of itself."""

from typing import Any

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.http.routes import PUBLIC, SIGNED_IN, Routes
from chalicelib.storage import certificates
from chalicelib.web.service import catalogue, health
from holdfast.api.auth import Scope
from holdfast.api.health import ErrorCatalogue, ErrorEntry, Health, HealthDetails
from holdfast.api.storage import KeptCertificate

bp = Routes(__name__, gate=gate)


@bp.get("/health", scope=PUBLIC)
def get_health() -> Health:
    """Whether the service answers."""
    return Health()


@bp.get("/health/details", scope=Scope.HEALTH_READ)
def get_health_details(actor: Actor) -> HealthDetails:
    """How table, storage and queues are, when each sweep last ran, and how many packages are alarms."""
    return health.health_details(actor)


@bp.get("/storage/certificate", scope=Scope.HEALTH_READ, refusals=(404,))
def get_storage_certificate(actor: Actor) -> KeptCertificate:  # noqa: ARG001  signed-in members only
    """Tell what the store was last seen to enforce, and whether that can be relied on now."""
    return certificates.latest()


@bp.post("/storage/certificate", scope=Scope.STORAGE_MANAGE, status=201, creates=True)
def certify_storage_now(actor: Actor) -> KeptCertificate:  # noqa: ARG001  the gate asks for the scope
    """Attack a canary of the store now and keep what it was seen to enforce."""
    return certificates.certify()


@bp.get("/openapi.json", scope=SIGNED_IN)
def get_openapi() -> dict[str, Any]:
    """Describe the API: OpenAPI 3.1, generated from the routes and models."""
    return catalogue.description()


@bp.get("/errors", scope=SIGNED_IN)
def list_errors() -> ErrorCatalogue:
    """Every error code, what it means and what to do about it."""
    return catalogue.errors()


@bp.get("/errors/{code}", scope=SIGNED_IN)
def get_error(code: str) -> ErrorEntry:
    """One error code, what it means and what to do about it."""
    return catalogue.error(code)
