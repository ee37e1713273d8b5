"""REST view of deleting a package."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.packages.disposals import service
from chalicelib.packages.disposals.models import Delete, DisposalQueued
from chalicelib.packages.models import Package

bp = Routes(__name__, gate=gate)


@bp.delete("/packages/{package_id}", scope=Scope.PACKAGES_MANAGE, answers={202: DisposalQueued})
def delete_package(package_id: str, body: Delete, actor: Actor) -> Package | Answer:
    """Remove the bytes of a package that may go; its record, manifest and events stay."""
    result = service.delete(package_id, body, actor=actor)
    return Answer(result, status=202) if isinstance(result, DisposalQueued) else result
