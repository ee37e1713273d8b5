"""The retention sweep."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from holdfast.api.schema import Entity, Flag, Request

SWEEP_LIMIT = 500


class SweepRetention(Request):
    """POST /retention/sweep. With `dry_run` nothing is changed and the answer is what would be done."""

    dry_run: Flag = False
    limit: int = Field(SWEEP_LIMIT, ge=1, le=SWEEP_LIMIT, description="Packages to act on at most.")


class Verb(StrEnum):
    """What a sweep does to one package."""

    NOTE = "note"
    MIRROR = "mirror"
    FINISH = "finish"
    DISPOSE = "dispose"


class Step(Entity):
    """One instruction: what is to be done to a package, and why."""

    package_id: str
    step: Verb
    expires_at: datetime | None
    reasons: list[str]


class RetentionPlan(Entity):
    """What a sweep would do now; `more` says that its limit left something out."""

    dry_run: bool = True
    inspected: int
    more: bool
    steps: list[Step]


class RetentionSweepQueued(Entity):
    """The operation that sweeps: follow GET /operations/{operation_id}."""

    operation_id: str
