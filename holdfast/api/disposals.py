"""Deletion of a package."""

from enum import StrEnum

from holdfast.api.schema import Entity, Reason, Request

MAX_INLINE_DISPOSAL_FILES = 200


class Authority(StrEnum):
    """The authority for a deletion: a request, or the retention policy of the workspace."""

    REQUEST = "request"
    AUTO_DELETE = "retention-policy:auto_delete"


class Delete(Request):
    """DELETE /packages/{id}."""

    reason: Reason


class DisposalQueued(Entity):
    """The package is deleted. A worker removes its bytes: follow GET /operations/{operation_id}."""

    operation_id: str
    package_id: str
