"""REST view of the retention sweep."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.packages.sweeps import service
from chalicelib.packages.sweeps.models import RetentionPlan, RetentionSweepQueued, SweepRetention

bp = Routes(__name__, gate=gate)


@bp.post("/retention/sweep", scope=Scope.PACKAGES_MANAGE, answers={202: RetentionSweepQueued})
def sweep_retention_now(body: SweepRetention, actor: Actor) -> RetentionPlan | Answer:
    """Queue a sweep of this workspace's retention; `dry_run` tells what it would do instead."""
    result = service.ask(body, actor=actor)
    return Answer(result, status=202) if isinstance(result, RetentionSweepQueued) else result
