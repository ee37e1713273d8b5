"""REST views of verifications."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.packages.verifications import service
from chalicelib.packages.verifications.models import VerdictPage, VerdictQuery
from chalicelib.packages.work.models import Queued

bp = Routes(__name__, gate=gate)


@bp.post("/packages/{package_id}/verify", scope=Scope.PACKAGES_WRITE, status=202)
def verify_package(package_id: str, actor: Actor) -> Queued:
    """Queue a re-hash of every stored byte of a finalized package."""
    return service.verify(package_id, actor=actor)


@bp.get("/packages/{package_id}/verifications/{operation_id}", scope=Scope.PACKAGES_READ)
def list_verdicts(package_id: str, operation_id: str, query: VerdictQuery, actor: Actor) -> VerdictPage:
    """List the verdict on each file of a verification, by path."""
    return service.search(package_id, operation_id, query, actor=actor)
