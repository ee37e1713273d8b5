"""Verdicts on the stored bytes of files."""

from enum import StrEnum

from holdfast.api.schema import Entity, Limit, Request


class Verdict(StrEnum):
    """The verdict of a check on the stored bytes of a file."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class IntegrityState(StrEnum):
    """The integrity of a package's bytes since it was finalized."""

    NOT_CHECKED = "not_checked"
    OK = "ok"
    CORRUPT = "corrupt"
    ERROR = "error"


class FileVerdict(Entity):
    """The verdict on one file. `detail` says more when the verdict is not `ok`."""

    path: str
    verdict: Verdict
    detail: str | None = None


class VerdictQuery(Request):
    """GET /packages/{id}/verifications/{operation_id}."""

    limit: Limit = 50
    cursor: str | None = None


class VerdictPage(Entity):
    """One page of verdicts, by path."""

    items: list[FileVerdict]
    next_cursor: str | None
