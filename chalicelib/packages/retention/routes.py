"""REST views of a package's retention and holds."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.packages.models import Package
from chalicelib.packages.retention import service
from chalicelib.packages.retention.models import (
    ApplyHold,
    EligiblePage,
    EligibleQuery,
    Extend,
    ReleaseHold,
)
from chalicelib.retention.explanation.models import Explanation

bp = Routes(__name__, gate=gate)


@bp.post("/packages/{package_id}/retention", scope=Scope.PACKAGES_WRITE, creates=True)
def extend_retention(package_id: str, body: Extend, actor: Actor) -> Package:
    """Promise to keep a package longer: until a date, by some days, or as a longer class."""
    return service.extend(package_id, body, actor=actor)


@bp.post("/packages/{package_id}/holds", scope=Scope.PACKAGES_WRITE, status=201, creates=True)
def apply_hold(package_id: str, body: ApplyHold, actor: Actor) -> Package:
    """Keep a package whatever its date, under a name, until that hold is released."""
    return service.apply_hold(package_id, body, actor=actor)


@bp.delete("/packages/{package_id}/holds/{hold_name}", scope=Scope.PACKAGES_MANAGE, creates=True)
def release_hold(package_id: str, hold_name: str, body: ReleaseHold, actor: Actor) -> Package:
    """Take one hold off a package; the others stay."""
    return service.release_hold(package_id, hold_name, body, actor=actor)


@bp.get("/packages/{package_id}/retention/explain", scope=Scope.PACKAGES_READ)
def explain_retention(package_id: str, actor: Actor) -> Explanation:
    """Say whether a package may go now, with every rule, date, hold and event behind it."""
    return service.explanation(package_id, actor=actor)


@bp.get("/retention/eligible", scope=Scope.PACKAGES_READ)
def list_eligible_packages(query: EligibleQuery, actor: Actor) -> EligiblePage:
    """List what may go, each with why. A page may be short: go on while there is a `next_cursor`."""
    return service.eligible(query, actor=actor)
