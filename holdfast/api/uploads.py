"""Upload plans."""

from datetime import datetime

from pydantic import Field

from holdfast.api.patterns import MEDIA_TYPE
from holdfast.api.schema import Count, Entity, Flag, RawText, Request, Sha256

MAX_PLAN_FILES = 500
MAX_PLAN_PARTS = 2000
MAX_PACKAGE_FILES = 250_000
MAX_FILE_BYTES = 100 * 1024**3
MAX_REPORTED_PATHS = 100


class DeclaredFile(Request):
    """One file of a plan. The service checks its path, rule by rule."""

    path: RawText
    sha256: Sha256
    size: Count = Field(le=MAX_FILE_BYTES, description="Bytes.")
    media_type: str = Field("application/octet-stream", max_length=127, pattern=MEDIA_TYPE)


class Plan(Request):
    """POST /packages/{id}/uploads."""

    files: list[DeclaredFile] = Field(min_length=1, max_length=MAX_PLAN_FILES)
    replace: Flag = False


class PartInstruction(Entity):
    """The request that uploads bytes `[offset, offset + length)` of the file."""

    number: int
    offset: int
    length: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class UploadInstruction(Entity):
    """The request that uploads one file.

    When `stored` is true, there is nothing to upload. With `parts`, upload each part instead of using `url`.
    """

    path: str
    stored: bool
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    expires_at: datetime | None = None
    parts: list[PartInstruction] | None = None


class UploadPlan(Entity):
    """The answer to a plan, in the order of the request."""

    items: list[UploadInstruction]
