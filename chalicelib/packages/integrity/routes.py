"""REST views of integrity."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.packages.integrity import service
from chalicelib.packages.integrity.models import AlarmPage, AlarmQuery, SweepPlan, SweepQueued, SweepRequest

bp = Routes(__name__, gate=gate)


@bp.post("/integrity/sweep", scope=Scope.PACKAGES_MANAGE, answers={202: SweepQueued})
def sweep_integrity_now(body: SweepRequest, actor: Actor) -> SweepPlan | Answer:
    """Queue a check of the packages that are due, longest unchecked first; `dry_run` shows which."""
    result = service.ask(body, actor=actor)
    return Answer(result, status=202) if isinstance(result, SweepQueued) else result


@bp.get("/integrity/alarms", scope=Scope.PACKAGES_READ)
def list_integrity_alarms(query: AlarmQuery, actor: Actor) -> AlarmPage:
    """List the packages whose stored bytes are not, or may not be, what was sealed."""
    return service.alarms(query, actor=actor)
