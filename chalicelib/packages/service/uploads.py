"""Upload plans: a client declares up to 500 files and gets a request for each, bound to its bytes.

A plan is applied whole or not at all, in two table round trips whatever its size. One reads the state
and the index of all paths. One writes the new page with the state and the audit event. A file that the
package has already with the same content is not written again: its instruction is new, or `stored`.
Bytes go straight to storage. A file over the multipart threshold is sent in parts to a key of its own,
which belongs to the package only when the table names it.
"""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.auth.models import Actor
from chalicelib.core import canonical, ids
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.settings import settings
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.packages.models.file import FileEntry, Multipart
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.models.upload import Changes, changes, declared_entries
from chalicelib.packages.service import packages
from chalicelib.packages.service.files import has_arrived, stored_objects
from chalicelib.packages.store import files as store
from chalicelib.packages.store import packages as packages_store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.storage.parts import cut
from chalicelib.storage.protocol import PartRequest, StoredObject
from chalicelib.storage.service import storage
from holdfast.api.codes import PLAN_TOO_LARGE, TOO_MANY_FILES
from holdfast.api.packages import Status
from holdfast.api.uploads import (
    MAX_PACKAGE_FILES,
    MAX_PLAN_PARTS,
    PartInstruction,
    Plan,
    UploadInstruction,
    UploadPlan,
)


def plan(package_id: str, body: Plan, *, actor: Actor) -> UploadPlan:
    """Declare files, all or none of them, and return an instruction for each: how to send it, or `stored`.

    A path that is declared again with the same content gets a new instruction. Raises `Invalid`
    (INVALID_PATH, REPEATED_PATH, TOO_MANY_FILES, PLAN_TOO_LARGE), `Conflict` (DUPLICATE_PATH), or
    `InvalidState` for a package that takes no more files.
    """
    declared = declared_entries(body.files)
    _limit_parts(declared)
    record, todo = _apply(package_id, declared, replace=body.replace, actor=actor)
    objects = {} if body.replace else stored_objects(record, todo.same)
    current = {entry.path: entry for entry in (*todo.written, *todo.same)}
    items = [_instruction(record, current[entry.path], objects) for entry in declared]
    return UploadPlan(items=items)


@retry_when_stale
def _apply(
    package_id: str, declared: list[FileEntry], *, replace: bool, actor: Actor
) -> tuple[PackageRecord, Changes]:
    """Write new and replaced entries in one transaction; write nothing when there are none."""
    snapshot = packages.load_with_index(package_id, actor=actor)
    record = snapshot.record
    packages.require(record, Status.UPLOADING)
    known = store.known_entries(snapshot, [entry.path for entry in declared])
    todo = _restart_ended(changes(declared, known, replace=replace))
    if not todo.written:
        return record, todo
    todo = todo._replace(written=list(_start_multiparts(record, todo.written)))
    try:
        extended = _write(snapshot, record, todo, actor=actor)
    except Stale:
        _abandon(todo.written)
        raise
    _abandon(todo.replaced)
    return extended, todo


def _write(snapshot: PackageSnapshot, record: PackageRecord, todo: Changes, *, actor: Actor) -> PackageRecord:
    pages = list(store.pages(snapshot.state.pk, todo.written, first=record.page_count + 1))
    extended = _with_files(record, todo, pages=len(pages))
    payload = _payload(extended, todo)
    with transact() as transaction:
        for page in pages:
            transaction.save(page.files)
            transaction.save(page.hashes)
        packages.save(
            transaction, snapshot.state, extended, action=Action.PLANNED, actor=actor, payload=payload
        )
    return extended


def _with_files(record: PackageRecord, todo: Changes, *, pages: int) -> PackageRecord:
    count = record.file_count + len(todo.written) - len(todo.replaced)
    if count > MAX_PACKAGE_FILES:
        message = f"A package holds at most {MAX_PACKAGE_FILES} files (MAX_PACKAGE_FILES), not {count}."
        raise Invalid(TOO_MANY_FILES, message, limit=MAX_PACKAGE_FILES, count=count)
    return record.model_copy(
        update={
            "status": Status.UPLOADING,
            "file_count": count,
            "total_bytes": record.total_bytes + _bytes(todo.written) - _bytes(todo.replaced),
            "page_count": record.page_count + pages,
        }
    )


def _bytes(entries: Iterable[FileEntry]) -> int:
    return sum(entry.size for entry in entries)


def _payload(extended: PackageRecord, todo: Changes) -> dict[str, object]:
    listed = [[entry.path, entry.sha256, entry.size, entry.media_type] for entry in todo.written]
    return {
        "added": len(todo.written) - len(todo.replaced),
        "replaced": len(todo.replaced),
        "files_digest": canonical.digest(listed),
        "file_count": extended.file_count,
    }


def _limit_parts(declared: Iterable[FileEntry]) -> None:
    threshold = settings().multipart_threshold_bytes
    parts = sum(len(cut(entry.size, threshold)) for entry in declared if entry.size > threshold)
    if parts > MAX_PLAN_PARTS:
        message = f"The plan needs {parts} parts; one answer holds at most {MAX_PLAN_PARTS} (MAX_PLAN_PARTS)."
        raise Invalid(PLAN_TOO_LARGE, message, limit=MAX_PLAN_PARTS, parts=parts)


def _start_multiparts(record: PackageRecord, entries: Iterable[FileEntry]) -> Iterator[FileEntry]:
    for entry in entries:
        if entry.size <= settings().multipart_threshold_bytes:
            yield entry
            continue
        key = f"{packages_store.object_prefix(record)}multipart/{ids.new('part')}"
        upload_id = storage().start_multipart(key, media_type=entry.media_type)
        yield entry.model_copy(update={"multipart": Multipart(key=key, upload_id=upload_id)})


def _restart_ended(todo: Changes) -> Changes:
    """Return the changes with a new multipart upload for each that the store has ended meanwhile."""
    lost = [entry for entry in todo.same if entry.multipart and not _is_open(entry, entry.multipart)]
    if not lost:
        return todo
    fresh = [entry.model_copy(update={"multipart": None}) for entry in lost]
    same = [entry for entry in todo.same if entry not in lost]
    return Changes(todo.written + fresh, todo.replaced + lost, same)


def _is_open(entry: FileEntry, multipart: Multipart) -> bool:
    try:
        storage().presign_parts(multipart.key, multipart.upload_id, size=entry.size)
    except NotFound:
        return False
    return True


def _abandon(entries: Iterable[FileEntry]) -> None:
    for entry in entries:
        if entry.multipart:
            storage().abort_multipart(entry.multipart.key, entry.multipart.upload_id)


def _instruction(
    record: PackageRecord, entry: FileEntry, objects: Mapping[str, StoredObject]
) -> UploadInstruction:
    key = packages_store.object_key(record, entry)
    if has_arrived(entry, objects.get(key)):
        return UploadInstruction(path=entry.path, stored=True)
    if entry.multipart:
        found = storage().presign_parts(key, entry.multipart.upload_id, size=entry.size)
        expires_at = found[0].request.expires_at if found else None
        parts = [_part(part) for part in found]
        return UploadInstruction(path=entry.path, stored=not parts, parts=parts, expires_at=expires_at)
    signed = storage().presign_put(key, size=entry.size, sha256=entry.sha256, media_type=entry.media_type)
    return UploadInstruction(path=entry.path, stored=False, **signed._asdict())


def _part(part: PartRequest) -> PartInstruction:
    where = {"number": part.number, "offset": part.offset, "length": part.length}
    return PartInstruction(**where, **part.request._asdict())
