"""The verbs of sealing: finalize, now or by a worker, and the manifest.

Sealing: prove every byte, fix the manifest's digest, and only then say `finalized`.

The seal is one conditional write on what was proven, so a plan that slips in between is proven
too, and two finalizers agree. The manifest is a function of sealed records: it is written after
the seal and, should a crash come between the two, made again, byte for byte, by whoever asks.
"""

import hashlib
import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core import canonical, clock
from chalicelib.core.errors import Conflict, InvalidState, NotFound, not_found
from chalicelib.core.settings import Integrity, settings
from chalicelib.dynamodb.transaction import retry_when_stale, transact
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.manifest import manifest_bytes
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.service import finalize as seals
from chalicelib.packages.service import locks, packages, work
from chalicelib.packages.store import files as store
from chalicelib.packages.store.packages import to_package
from chalicelib.retention import service as retention
from chalicelib.retention.models.classes import later_promise
from chalicelib.storage.service import storage
from holdfast.api import codes
from holdfast.api.codes import INCOMPLETE_PACKAGE, UNEXPECTED_CONTENT
from holdfast.api.files import Download
from holdfast.api.manifests import (
    MAX_INLINE_FINALIZE_FILES,
    MAX_INLINE_REHASH_BYTES,
    MAX_SERVED_MANIFEST_BYTES,
    Finalize,
)
from holdfast.api.operations import Counter, OperationType, Outcome, Progress, Result
from holdfast.api.packages import Package, Queued, Status

MAX_REPORTED_FILES = 100


Report = Callable[[Progress], None]

Step = Callable[[], None]


class Flaw(NamedTuple):
    """Why a file cannot be sealed; `foreign` when other bytes lie under its key and can be no others."""

    entry: FileEntry
    reason: str
    foreign: bool = False


@retry_when_stale
def finalize(package_id: str, body: Finalize, *, actor: Actor) -> Package | Queued:
    """Prove every file, write the manifest and seal; `Queued` when a worker will do it.

    Again on a finalized package: the same answer. Raises `Conflict` (INCOMPLETE_PACKAGE,
    UNEXPECTED_CONTENT; the package stays `uploading`), `Invalid` (CONVENTION_NOT_MET) before anything is
    sealed or queued, or `InvalidState`.
    """
    contents = _read(package_id, actor=actor)
    record = packages.admit(contents.state, actor=actor)
    if record.status is not Status.FINALIZED and _is_long(contents.entries.values()):
        packages.require(record, Status.FINALIZED)
        _expect_count(record, body)
        _expect_convention(record, contents)
        order = work.Order(OperationType.PACKAGE_FINALIZE, body.model_dump(), Action.FINALIZE_QUEUED)
        return work.queue(package_id, order, actor=actor)
    return _seal(contents, record, body, actor=actor, report=_silent)


@retry_when_stale
def seal(package_id: str, body: Finalize, *, actor: Actor, report: Report) -> Package:
    """Prove and seal in this call, however long it takes, telling `report` how far; else as `finalize`."""
    contents = _read(package_id, actor=actor)
    record = packages.admit(contents.state, actor=actor)
    return _seal(contents, record, body, actor=actor, report=report)


def _seal(
    contents: store.Contents, record: PackageRecord, body: Finalize, *, actor: Actor, report: Report
) -> Package:
    if record.status is Status.FINALIZED:
        return _sealed_before(record, contents, body)
    packages.require(record, Status.FINALIZED)
    _expect_count(record, body)
    _expect_convention(record, contents)
    if flaws := _flaws(record, contents.entries.values(), report):
        _set_aside(contents, record, flaws, actor=actor)
        raise _incomplete(flaws)
    manifest = manifest_bytes(record, contents.entries.values())
    sealed = _sealed(record, _digest(manifest), body)
    afterwards = seals.commit(contents.state, record, sealed, actor=actor)
    _keep(sealed, manifest)
    afterwards()
    if sealed.lock:
        sealed = locks.mirror(sealed.id, actor=actor, report=report)
    return to_package(sealed, contents.metadata)


def sealed_result(package: Package) -> Result:
    """What a run that finalized `package` came to."""
    counts = {Counter.FILES: package.file_count, Counter.BYTES: package.total_bytes}
    return Result(outcome=Outcome.SUCCEEDED, summary_counts=counts)


def manifest(package_id: str, *, actor: Actor) -> bytes | Download:
    """The manifest of a finalized package, byte for byte, or where those bytes are when they are many.

    Raises `InvalidState` before there is one.
    """
    record = packages.load(package_id, actor=actor).record
    if record.manifest_digest is None:
        message = f"The package is {record.status}; its manifest is made when it is finalized."
        raise InvalidState(codes.INVALID_STATE, message, status=record.status)
    try:
        content = b"".join(storage().get(store.manifest_key(record)))
    except NotFound:
        content = _restore(package_id, actor=actor)
    if len(content) <= MAX_SERVED_MANIFEST_BYTES:
        return content
    name = f"{record.id}.manifest.json"
    signed = storage().presign_get(store.manifest_key(record), filename=name, media_type="application/json")
    return Download(url=signed.url, expires_at=signed.expires_at)


def _read(package_id: str, *, actor: Actor) -> store.Contents:
    contents = store.read_contents(actor.workspace, package_id)
    if contents is None:
        raise not_found()
    return contents


def _expect_count(record: PackageRecord, body: Finalize) -> None:
    if body.expected_file_count not in (None, record.file_count):
        message = f"The package has {record.file_count} files, not {body.expected_file_count}."
        raise Conflict(UNEXPECTED_CONTENT, message, file_count=record.file_count)


def _expect_convention(record: PackageRecord, contents: store.Contents) -> None:
    if record.convention:
        metadata, paths = contents.metadata.data, contents.entries
        conventions.check(record.convention, metadata, paths, workspace=record.workspace)


def _expect_digest(digest: str, body: Finalize) -> None:
    if body.expected_manifest_digest not in (None, digest):
        message = f"The manifest's digest is {digest}, not {body.expected_manifest_digest}."
        raise Conflict(UNEXPECTED_CONTENT, message, manifest_digest=digest)


def _sealed_before(record: PackageRecord, contents: store.Contents, body: Finalize) -> Package:
    _expect_count(record, body)
    _expect_digest(record.manifest_digest or "", body)
    return to_package(record, contents.metadata)


def _is_long(entries: Iterable[FileEntry]) -> bool:
    files = list(entries)
    rehashed = sum(entry.size for entry in files if _needs_rehash(entry))
    return len(files) > MAX_INLINE_FINALIZE_FILES or rehashed > MAX_INLINE_REHASH_BYTES


def _needs_rehash(entry: FileEntry) -> bool:
    return entry.multipart is not None or settings().s3_integrity is Integrity.READBACK


def _silent(progress: Progress) -> None:
    """Inside a request nobody waits for progress."""


def _flaws(record: PackageRecord, entries: Iterable[FileEntry], report: Report) -> list[Flaw]:
    """What is missing or different, by path. The store took no other bytes, so a listing is proof."""
    storage().proves_uploads()
    listed = {found.key: found.size for found in storage().list(store.content_prefix(record))}
    ordered = sorted(entries, key=lambda entry: entry.path)
    flaws = []
    for done, entry in enumerate(ordered, start=1):
        step = partial(report, Progress(done=done, total=len(ordered), unit="files"))
        step()
        flaws.append(_inspect(record, entry, listed, step))
    return [flaw for flaw in flaws if flaw]


def _inspect(record: PackageRecord, entry: FileEntry, listed: dict[str, int], step: Step) -> Flaw | None:
    key = store.object_key(record, entry)
    if entry.multipart:
        if not storage().complete_multipart(key, entry.multipart.upload_id, size=entry.size):
            return Flaw(entry, "parts of it have not arrived")
    elif key not in listed:
        return Flaw(entry, "its bytes have not arrived")
    elif listed[key] != entry.size:
        reason = f"{listed[key]} bytes arrived, {entry.size} were declared"
        return Flaw(entry, reason, foreign=_needs_rehash(entry))
    if _needs_rehash(entry) and stored_sha256(key, step) != entry.sha256:
        return _foreign(entry)
    return None


def _foreign(entry: FileEntry) -> Flaw:
    reason = "other bytes arrived than were declared"
    if entry.multipart:
        return Flaw(entry, f"{reason}; plan it again with `replace: true`")
    return Flaw(entry, f"{reason}; they were set aside, send the declared ones", foreign=True)


def _incomplete(flaws: list[Flaw]) -> Conflict:
    files = [{"path": flaw.entry.path, "reason": flaw.reason} for flaw in flaws[:MAX_REPORTED_FILES]]
    message = f"{len(flaws)} files are missing or have other bytes than declared; nothing was sealed."
    return Conflict(INCOMPLETE_PACKAGE, message, files=files, count=len(flaws))


def _set_aside(contents: store.Contents, record: PackageRecord, flaws: list[Flaw], *, actor: Actor) -> None:
    """Let files whose key holds other bytes go to a key of their own.

    A create-only store never lets the declared bytes in where others are. To delete those is no way:
    a finalizer that is slow to do it could take what was sent, and sealed, in the meantime.
    """
    foreign = [flaw.entry for flaw in flaws[:MAX_REPORTED_FILES] if flaw.foreign]
    if not foreign:
        return
    moved = [entry.model_copy(update={"key": store.own_key(record, entry)}) for entry in foreign]
    pages = list(store.pages(contents.state.pk, moved, first=record.page_count + 1))
    grown = record.model_copy(update={"page_count": record.page_count + len(pages)})
    payload = {"paths_digest": canonical.digest([entry.path for entry in moved]), "count": len(moved)}
    with transact() as transaction:
        for page in pages:
            transaction.save(page.files)
            transaction.save(page.hashes)
        packages.save(
            transaction, contents.state, grown, action=Action.SET_ASIDE, actor=actor, payload=payload
        )


def stored_sha256(key: str, step: Step) -> str:
    """The SHA-256 of what is stored under `key`; calls `step` between chunks. `NotFound` when absent."""
    digest = hashlib.sha256()
    for chunk in storage().get(key):
        digest.update(chunk)
        step()
    return digest.hexdigest()


def _sealed(record: PackageRecord, digest: str, body: Finalize) -> PackageRecord:
    _expect_digest(digest, body)
    now = clock.now()
    promised = retention.current(record.workspace).expires_at(record.retention_class, now)
    update = {
        "status": Status.FINALIZED,
        "manifest_digest": digest,
        "finalized_at": now,
        "expires_at": later_promise(record.expires_at, promised),
    }
    return locks.asked(record.model_copy(update=update))


def _digest(manifest: bytes) -> str:
    return f"sha256:{canonical.sha256_hex(manifest)}"


def _keep(sealed: PackageRecord, content: bytes) -> None:
    # after the seal: two finalizers of different contents must never race for this key
    storage().put(
        store.manifest_key(sealed), io.BytesIO(content), len(content), canonical.sha256_hex(content)
    )


def _restore(package_id: str, *, actor: Actor) -> bytes:
    """Make a manifest again that a crash after the seal left unwritten: the same bytes, or nothing."""
    contents = _read(package_id, actor=actor)
    record = packages.admit(contents.state, actor=actor)
    content = manifest_bytes(record, contents.entries.values())
    if _digest(content) != record.manifest_digest:
        raise not_found()
    _keep(record, content)
    return content
