"""The manifest of a finalized package."""

from typing import Literal

from pydantic import ConfigDict, Field

from holdfast.api.schema import Count, Entity, Request

MANIFEST_SCHEMA: Literal["urn:holdfast:manifest:1"] = "urn:holdfast:manifest:1"

MAX_INLINE_FINALIZE_FILES = 2000

MAX_INLINE_REHASH_BYTES = 256 * 1024 * 1024

MAX_SERVED_MANIFEST_BYTES = 5 * 1024 * 1024  # a Lambda answers with 6 MB at most


class Finalize(Request):
    """POST /packages/{id}/finalize; both expectations are optional."""

    expected_file_count: Count | None = None
    expected_manifest_digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")


class ManifestFile(Entity):
    """One file as the manifest lists it."""

    path: str
    sha256: str
    size: int
    media_type: str


class ManifestPackage(Entity):
    """The identity of the package that a manifest is of."""

    id: str
    workspace: str
    producer: str
    kind: str
    name: str
    version: str | None


class Manifest(Entity):
    """The sealed list of everything in a package, by path; its canonical JSON is what is hashed."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_: Literal["urn:holdfast:manifest:1"] = Field(MANIFEST_SCHEMA, alias="schema")
    package: ManifestPackage
    files: list[ManifestFile]
