"""What is asked of a disposal, and what one found; pure (proofs.md, "Disposal")."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from chalicelib.core.schema import Entity, Reason, Request

MAX_INLINE_DISPOSAL_FILES = 200
ATTEMPT_GRACE_S = 300  # longer than a request: who ordered a disposal goes on at once
RETRY_S = 3600


class Authority(StrEnum):
    """By what a package's bytes go."""

    REQUEST = "request"
    AUTO_DELETE = "retention-policy:auto_delete"


class Delete(Request):
    """DELETE /packages/{id}."""

    reason: Reason


class DisposalQueued(Entity):
    """The package is deleted; a worker removes its bytes: follow GET /operations/{operation_id}."""

    operation_id: str
    package_id: str


class Order(NamedTuple):
    """Why, and by what authority, bytes are to go."""

    authority: Authority
    reason: str


class Absence(NamedTuple):
    """What the absence check found: how many objects it asked for, and those that are still there."""

    objects: int
    versions: int
    present: Sequence[str]
