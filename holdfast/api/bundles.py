"""Upload of a hook's code."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from holdfast.api.schema import Entity, Ordinal, Request, Sha256

MAX_BUNDLE_BYTES = 50 * 1024 * 1024


def _small_enough(size: int) -> int:
    if size > MAX_BUNDLE_BYTES:
        raise ValueError(f"must be at most {MAX_BUNDLE_BYTES} (MAX_BUNDLE_BYTES) bytes, not {size}")
    return size


class BundlePlan(Request):
    """POST /hooks/{name}/bundles: the SHA-256 and the size of the zip."""

    digest: Sha256
    size: Annotated[
        Ordinal,
        Field(json_schema_extra={"maximum": MAX_BUNDLE_BYTES}, description="Bytes."),
        AfterValidator(_small_enough),
    ]


class BundleUpload(Entity):
    """The request that uploads the zip. When `stored` is true, there is nothing to upload."""

    digest: str
    stored: bool
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    expires_at: datetime | None = None
