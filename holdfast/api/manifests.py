"""The manifest of a finalized package."""

from typing import Literal

from pydantic import ConfigDict, Field

from holdfast.api.patterns import MANIFEST_DIGEST
from holdfast.api.schema import Count, Entity, Request

MANIFEST_SCHEMA: Literal["urn:holdfast:manifest:1"] = "urn:holdfast:manifest:1"
MAX_INLINE_FINALIZE_FILES = 2000
MAX_INLINE_REHASH_BYTES = 256 * 1024 * 1024
MAX_SERVED_MANIFEST_BYTES = 5 * 1024 * 1024  # a Lambda answers with 6 MB at most


class Finalize(Request):
    """POST /packages/{id}/finalize. Both expectations are optional."""

    expected_file_count: Count | None = None
    expected_manifest_digest: str | None = Field(None, pattern=MANIFEST_DIGEST)


class ManifestFile(Entity):
    """One file as the manifest lists it."""

    path: str
    sha256: str
    size: int
    media_type: str


class ManifestPackage(Entity):
    """The identity of the package in its manifest."""

    id: str
    workspace: str
    producer: str
    kind: str
    name: str
    version: str | None


class Manifest(Entity):
    """The final list of all files of a package, by path. The digest is over its canonical JSON."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_: Literal["urn:holdfast:manifest:1"] = Field(MANIFEST_SCHEMA, alias="schema")
    package: ManifestPackage
    files: list[ManifestFile]
