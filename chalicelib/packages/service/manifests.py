"""Serve, store and restore the manifests of finalized packages."""

import io

from chalicelib.auth.models import Actor
from chalicelib.core import canonical
from chalicelib.core.errors import InvalidState, NotFound, not_found
from chalicelib.packages.models.manifest import manifest_bytes
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.service import packages
from chalicelib.packages.store import packages as store
from chalicelib.storage.service import storage
from holdfast.api import codes
from holdfast.api.files import Download
from holdfast.api.manifests import MAX_SERVED_MANIFEST_BYTES


def manifest(package_id: str, *, actor: Actor) -> bytes | Download:
    """Return the bytes of the manifest, or a signed URL when it is over MAX_SERVED_MANIFEST_BYTES.

    Raises `InvalidState` for a package that is not finalized.
    """
    record = packages.load(package_id, actor=actor).record
    if record.manifest_digest is None:
        message = f"The package is {record.status}; it has a manifest only after it is finalized."
        raise InvalidState(codes.INVALID_STATE, message, status=record.status)
    try:
        content = b"".join(storage().get(store.manifest_key(record)))
    except NotFound:
        content = restore(package_id, actor=actor)
    if len(content) <= MAX_SERVED_MANIFEST_BYTES:
        return content
    name = f"{record.id}.manifest.json"
    signed = storage().presign_get(store.manifest_key(record), filename=name, media_type="application/json")
    return Download(url=signed.url, expires_at=signed.expires_at)


def digest_of(manifest: bytes) -> str:
    """Return the digest of a manifest's bytes, with `sha256:` before it."""
    return f"sha256:{canonical.sha256_hex(manifest)}"


def keep(record: PackageRecord, content: bytes) -> None:
    """Write the manifest of a finalized package to the store."""
    # after the package is finalized: two finalizers of different contents must never race for this key
    digest = canonical.sha256_hex(content)
    storage().put(store.manifest_key(record), io.BytesIO(content), len(content), digest)


def restore(package_id: str, *, actor: Actor) -> bytes:
    """Make and store the manifest that a crash left unwritten; raise `NotFound` when its digest differs."""
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    content = manifest_bytes(record, snapshot.entries.values())
    if digest_of(content) != record.manifest_digest:
        raise not_found()
    keep(record, content)
    return content
