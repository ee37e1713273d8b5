"""The expected digest of a manifest, computed from local hashes, without the manifest in memory."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import rfc8785

from holdfast.api.manifests import MANIFEST_SCHEMA, ManifestPackage
from holdfast.api.packages import PackageSummary


class Line(NamedTuple):
    """The entry of one file in a manifest. Entries sort by path, as in a manifest."""

    path: str
    sha256: str
    size: int
    media_type: str


def expected_digest(package: PackageSummary, lines: Iterable[Line]) -> str:
    """Return `sha256:` and the digest of a manifest with exactly these `lines`, which are sorted by path.

    The bytes follow RFC 8785 (docs/concepts/manifests-and-digests.md). Its keys are sorted: `files` is first.
    """
    digest = hashlib.sha256(b'{"files":[')
    separator = b""
    for line in lines:
        digest.update(separator + rfc8785.dumps(line._asdict()))
        separator = b","
    identity = ManifestPackage(**package.model_dump(include=set(ManifestPackage.model_fields)))
    digest.update(b'],"package":' + rfc8785.dumps(identity.model_dump()))
    digest.update(b',"schema":' + rfc8785.dumps(MANIFEST_SCHEMA) + b"}")
    return f"sha256:{digest.hexdigest()}"
