"""REST views of packages."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.packages import service
from chalicelib.packages.models import (
    Create,
    EventQuery,
    Fail,
    Package,
    PackageEventPage,
    PackagePage,
    PackageQuery,
)

bp = Routes(__name__, gate=gate)


@bp.post("/packages", scope=Scope.PACKAGES_WRITE, status=201, creates=True)
def create_package(body: Create, actor: Actor, idempotency_key: str | None) -> Package:
    """Create a package, ready for upload plans."""
    return service.create(body, actor=actor, idempotency_key=idempotency_key)


@bp.get("/packages", scope=Scope.PACKAGES_READ)
def list_packages(query: PackageQuery, actor: Actor) -> PackagePage:
    """List packages, newest first. A page may be short: go on while there is a `next_cursor`."""
    return service.search(query, actor=actor)


@bp.get("/packages/{package_id}", scope=Scope.PACKAGES_READ)
def get_package(package_id: str, actor: Actor) -> Package:
    """Show one package with its metadata, retention and holds."""
    return service.get(package_id, actor=actor)


@bp.post("/packages/{package_id}/fail", scope=Scope.PACKAGES_WRITE)
def fail_package(package_id: str, body: Fail, actor: Actor) -> Package:
    """Give a package up: it takes no more files and keeps the reason."""
    return service.fail(package_id, body, actor=actor)


@bp.get("/packages/{package_id}/events", scope=Scope.PACKAGES_READ)
def list_package_events(package_id: str, query: EventQuery, actor: Actor) -> PackageEventPage:
    """List what happened to a package, oldest first: retention and audit events, hash-chained."""
    return service.events(package_id, query, actor=actor)
