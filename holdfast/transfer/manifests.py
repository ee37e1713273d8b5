"""The manifest's digest, computed here from what was hashed here, without holding the manifest."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import rfc8785

from holdfast.api.manifests import MANIFEST_SCHEMA, ManifestPackage
from holdfast.api.packages import PackageSummary


class Line(NamedTuple):
    """What a manifest says of one file; sorts by path, as a manifest does."""

    path: str
    sha256: str
    size: int
    media_type: str


def expected_digest(package: PackageSummary, lines: Iterable[Line]) -> str:
    """`sha256:` and the digest that the manifest will have when the package holds exactly `lines`, by path.

    The bytes are RFC 8785's (docs/concepts/manifests-and-digests.md): keys in order, so `files` come first.
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
