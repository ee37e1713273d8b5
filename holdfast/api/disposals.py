"""Deletion of a package."""

from enum import StrEnum

from holdfast.api.schema import Entity, Reason, Request

MAX_INLINE_DISPOSAL_FILES = 200


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
