"""What is asked of a disposal, and what one found; pure (docs/concepts/retention.md)."""

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.api.disposals import Authority

ATTEMPT_GRACE_S = 300  # longer than a request: who ordered a disposal goes on at once

RETRY_S = 3600


class DisposalOrder(NamedTuple):
    """Why, and by what authority, bytes are to go."""

    authority: Authority
    reason: str


class Absence(NamedTuple):
    """What the absence check found: how many objects it asked for, and those that are still there."""

    objects: int
    versions: int
    present: Sequence[str]
