"""List, fetch and hash the files of a package."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from chalicelib.auth.models import Actor
from chalicelib.core.errors import not_found
from chalicelib.http import cursors
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.service import packages
from chalicelib.packages.store import files as files_store
from chalicelib.packages.store import packages as store
from chalicelib.storage.paths import normalize
from chalicelib.storage.protocol import StoredObject
from chalicelib.storage.service import storage
from holdfast.api.files import Download, DownloadQuery, File, FilePage, FileQuery, FileState
from holdfast.api.packages import Status
from holdfast.api.storage import Location

HEAD_AT_MOST = 200
HEADS_AT_ONCE = 16


def search(package_id: str, query: FileQuery, *, actor: Actor) -> FilePage:
    """Return one page of files by path, each with its state in storage."""
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    prefix = unicodedata.normalize("NFC", query.prefix)
    described = ["files", actor.workspace, package_id, prefix]
    after = cursors.decode(query.cursor, query=described) or ""
    paths = sorted(path for path in snapshot.entries if path.startswith(prefix) and path > after)
    shown = [snapshot.entries[path] for path in paths[: query.limit]]
    next_cursor = cursors.encode(shown[-1].path, query=described) if len(paths) > query.limit else None
    return FilePage(items=_shown(record, shown), next_cursor=next_cursor)


def fetch(package_id: str, query: DownloadQuery, *, actor: Actor) -> Download:
    """Return a signed URL of one file; the package need not be finalized.

    Raises `Invalid` for a path that breaks a rule. Raises `NotFound` for a path that the package does not
    have, and for a file whose bytes have not arrived.
    """
    snapshot = packages.load_with_index(package_id, actor=actor)
    record = snapshot.record
    path = normalize(query.path)
    entry = files_store.known_entries(snapshot, [path]).get(path)
    if entry is None or record.status is Status.DELETED:
        raise not_found()
    key = store.object_key(record, entry)
    if record.status is not Status.FINALIZED and storage().head(key) is None:
        raise not_found()
    filename = path.rpartition("/")[2]
    signed = storage().presign_get(key, filename=filename, media_type=entry.media_type)
    return Download(url=signed.url, expires_at=signed.expires_at)


def stored_objects(record: PackageRecord, entries: Iterable[FileEntry]) -> dict[str, StoredObject]:
    """Return the stored objects of `entries`, by key: one request for each file, or a listing for many."""
    keys = {store.object_key(record, entry) for entry in entries}
    if len(keys) > HEAD_AT_MOST:
        return {
            found.key: found for found in storage().list(store.object_prefix(record)) if found.key in keys
        }
    with ThreadPoolExecutor(max_workers=HEADS_AT_ONCE) as pool:
        return {found.key: found for found in pool.map(storage().head, keys) if found}


def has_arrived(entry: FileEntry, found: StoredObject | None) -> bool:
    """Return whether the stored object has the size of `entry`; one digest may be declared with two sizes."""
    return found is not None and found.size == entry.size


def _shown(record: PackageRecord, entries: list[FileEntry]) -> list[File]:
    if record.status is Status.DELETED:
        return [_file(record, entry, FileState.DELETED, None) for entry in entries]
    objects = stored_objects(record, entries)
    return [_arrival(record, entry, objects.get(store.object_key(record, entry))) for entry in entries]


def _arrival(record: PackageRecord, entry: FileEntry, found: StoredObject | None) -> File:
    if found is None or not has_arrived(entry, found):
        return _file(record, entry, FileState.PENDING, None)
    return _file(record, entry, FileState.STORED, found.stored_at)


def _file(record: PackageRecord, entry: FileEntry, state: FileState, uploaded_at: datetime | None) -> File:
    key = store.object_key(record, entry)
    return File(
        **entry.model_dump(exclude={"multipart", "key"}),
        state=state,
        storage=Location(backend=storage().backend, key=key, offset=0, length=entry.size),
        uploaded_at=uploaded_at,
    )


Step = Callable[[], None]


def stored_sha256(key: str, step: Step) -> str:
    """Return the SHA-256 (hex) of the object under `key`; call `step` after each chunk. Raises `NotFound`."""
    digest = hashlib.sha256()
    for chunk in storage().get(key):
        digest.update(chunk)
        step()
    return digest.hexdigest()
