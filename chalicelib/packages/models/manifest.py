"""The bytes of a manifest; pure (docs/concepts/manifests-and-digests.md)."""

from collections.abc import Iterable

from chalicelib.core import canonical
from chalicelib.packages.models.file import FileEntry
from holdfast.api.manifests import MANIFEST_SCHEMA, ManifestPackage
from holdfast.api.packages import PackageSummary


def manifest_bytes(package: PackageSummary, entries: Iterable[FileEntry]) -> bytes:
    """Return the manifest as canonical JSON (RFC 8785), with files in the code point order of their paths."""
    manifest = {
        "schema": MANIFEST_SCHEMA,
        "package": package.model_dump(include=set(ManifestPackage.model_fields)),
        "files": [
            {"path": entry.path, "sha256": entry.sha256, "size": entry.size, "media_type": entry.media_type}
            for entry in sorted(entries, key=lambda entry: entry.path)
        ],
    }
    return canonical.encode(manifest)
