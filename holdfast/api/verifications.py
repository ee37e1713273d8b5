"""Verdicts on the bytes of files."""

from enum import StrEnum

from holdfast.api.schema import Entity, Limit, Request


class Verdict(StrEnum):
    """What a check of stored bytes came to."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class IntegrityState(StrEnum):
    """What is known of a package's bytes since they were sealed."""

    NOT_CHECKED = "not_checked"
    OK = "ok"
    CORRUPT = "corrupt"
    ERROR = "error"


class FileVerdict(Entity):
    """The verdict on one file; `detail` says more when it is not ok."""

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
