"""The order of a disposal and the result of its absence check; pure (docs/concepts/retention.md)."""

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.api.disposals import Authority

ATTEMPT_GRACE_S = 300  # longer than a request: the request that orders a disposal also does it
RETRY_S = 3600


class DisposalOrder(NamedTuple):
    """The authority and the reason of a disposal."""

    authority: Authority
    reason: str


class Absence(NamedTuple):
    """The result of an absence check: objects asked for, versions removed, keys that are still there."""

    objects: int
    versions: int
    present: Sequence[str]
