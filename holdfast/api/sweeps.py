"""The retention sweep."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from holdfast.api.schema import Entity, Flag, Request

SWEEP_LIMIT = 500


class SweepRetention(Request):
    """POST /retention/sweep. With `dry_run` nothing changes, and the answer is the plan."""

    dry_run: Flag = False
    limit: int = Field(
        SWEEP_LIMIT, ge=1, le=SWEEP_LIMIT, description="The largest number of packages to act on."
    )


class Verb(StrEnum):
    """The action of a sweep on one package."""

    NOTE = "note"
    MIRROR = "mirror"
    FINISH = "finish"
    DISPOSE = "dispose"


class Step(Entity):
    """One step of the plan: the action on a package, and the reasons."""

    package_id: str
    step: Verb
    expires_at: datetime | None
    reasons: list[str]


class RetentionPlan(Entity):
    """The plan of a sweep. `more` is true when the limit left packages out."""

    dry_run: bool = True
    inspected: int
    more: bool
    steps: list[Step]


class RetentionSweepQueued(Entity):
    """The operation that runs the sweep: follow GET /operations/{operation_id}."""

    operation_id: str
