"""Finalize packages, in the request or in a worker.

One transaction finalizes a package; after it the contents of the package never change. Other domains add
their writes to that transaction, for example the runs of hooks. wiring.AT_FINALIZE lists them, so this
domain does not depend on them.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from chalicelib import wiring
from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core import canonical, clock
from chalicelib.core.errors import Conflict
from chalicelib.core.settings import Integrity, settings
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.operations.models.claim import Report
from chalicelib.operations.service import lifecycle
from chalicelib.operations.service.claims import Claim
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.manifest import manifest_bytes
from chalicelib.packages.models.package import Action, Joined, PackageRecord
from chalicelib.packages.service import locks, manifests, packages
from chalicelib.packages.service.files import Step, stored_sha256
from chalicelib.packages.store import files as store
from chalicelib.packages.store import integrity_schedule
from chalicelib.packages.store.packages import PackageSnapshot, content_prefix, own_key
from chalicelib.retention import service as retention
from chalicelib.retention.models.classes import later_promise
from chalicelib.storage.service import storage
from holdfast.api import moments
from holdfast.api.codes import INCOMPLETE_PACKAGE, UNEXPECTED_CONTENT
from holdfast.api.manifests import MAX_INLINE_FINALIZE_FILES, MAX_INLINE_REHASH_BYTES, Finalize
from holdfast.api.operations import Counter, Operation, OperationType, Outcome, Progress, Result
from holdfast.api.packages import Package, Queued, Status

MAX_REPORTED_FILES = 100
MAX_ADDED = 96  # a transaction holds 100 items, and finalizing takes four itself


# adds its writes, at most MAX_ADDED items for all parts together; returns None when it adds nothing
Part = Callable[[Transaction, PackageRecord, Actor], Joined | None]


class Flaw(NamedTuple):
    """A file that cannot be finalized, and why. `foreign`: the store keeps other bytes under its key."""

    entry: FileEntry
    reason: str
    foreign: bool = False


@retry_when_stale
def finalize(package_id: str, body: Finalize, *, actor: Actor) -> Package | Queued:
    """Prove every file and finalize the package; queue a long one for a worker and return `Queued`.

    A finalized package gives the same answer again. Raises `Conflict` (INCOMPLETE_PACKAGE,
    UNEXPECTED_CONTENT), `Invalid` (CONVENTION_NOT_MET) or `InvalidState`; then nothing is finalized.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    if snapshot.record.status is not Status.FINALIZED and _is_long(snapshot.files):
        _require_ready(snapshot, body)
        kind, context = OperationType.PACKAGE_FINALIZE, body.model_dump()
        return packages.submit(snapshot, kind, context, Action.FINALIZE_QUEUED, actor=actor)
    return _finalize(snapshot, body, actor=actor, report=_ignore)


@retry_when_stale
def finalize_now(package_id: str, body: Finalize, *, actor: Actor, report: Report) -> Package:
    """Finalize the package in this call, however long it takes, and `report` the progress.

    Raises the same errors as `finalize`.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    return _finalize(snapshot, body, actor=actor, report=report)


def perform(claim: Claim) -> Result:
    """Finalize the package of a claimed operation."""
    operation = claim.operation
    body, actor = Finalize.model_validate(operation.context), lifecycle.initiator(operation)
    return _result(finalize_now(operation.subject.id, body, actor=actor, report=claim.checkpoint))


def truth(operation: Operation) -> Result | None:
    """Return the result of a run once its package is finalized or failed; None before."""
    package = packages.get(operation.subject.id, actor=lifecycle.initiator(operation))
    if package.status is Status.FINALIZED:
        return _result(package)
    return Result(outcome=Outcome.FAILED) if package.status is Status.FAILED else None


def _finalize(snapshot: PackageSnapshot, body: Finalize, *, actor: Actor, report: Report) -> Package:
    record = snapshot.record
    if record.status is Status.FINALIZED:
        _expect_count(record, body)
        _expect_digest(record.manifest_digest or "", body)
        return snapshot.package
    _require_ready(snapshot, body)
    if flaws := _find_flaws(snapshot, report):
        _set_aside(snapshot, flaws, actor=actor)
        raise _incomplete(flaws)
    manifest = manifest_bytes(record, snapshot.files)
    finalized = _as_finalized(record, manifests.digest_of(manifest), body)
    joined = _commit(snapshot, finalized, actor=actor)
    manifests.keep(finalized, manifest)
    for part in joined:
        part.after()
    if finalized.lock:
        finalized = locks.mirror(finalized.id, actor=actor, report=report)
    return snapshot.package_as(finalized)


def _commit(snapshot: PackageSnapshot, finalized: PackageRecord, *, actor: Actor) -> list[Joined]:
    """Finalize the package in one transaction, and return the parts that joined it."""
    promise = {
        "reason": finalized.retention_class,
        "before": moments.optional_rfc3339(snapshot.record.expires_at),
        "after": moments.optional_rfc3339(finalized.expires_at),
    }
    state = snapshot.state
    with transact() as transaction:
        joined = _join(transaction, finalized, actor)
        transaction.save(integrity_schedule.new_place(finalized))
        payload = _payload(finalized, joined)
        packages.append_event(
            transaction, state, finalized, action=Action.FINALIZED, actor=actor, payload=payload
        )
        promised = finalized.model_copy(update={"promised_by": packages.next_event(state, finalized)})
        packages.save(
            transaction, state, promised, action=Action.RETENTION_DEFAULTED, actor=actor, payload=promise
        )
    return joined


def _join(transaction: Transaction, finalized: PackageRecord, actor: Actor) -> list[Joined]:
    parts: list[Part] = [wiring.part(path) for path in wiring.AT_FINALIZE]
    return [joined for part in parts if (joined := part(transaction, finalized, actor))]


def _payload(finalized: PackageRecord, joined: list[Joined]) -> dict[str, Any]:
    payload = finalized.model_dump(include={"manifest_digest", "file_count", "total_bytes"})
    for part in joined:
        payload |= part.payload
    return payload


def _result(package: Package) -> Result:
    counts = {Counter.FILES: package.file_count, Counter.BYTES: package.total_bytes}
    return Result(outcome=Outcome.SUCCEEDED, summary_counts=counts)


def _require_ready(snapshot: PackageSnapshot, body: Finalize) -> None:
    packages.require(snapshot.record, Status.FINALIZED)
    _expect_count(snapshot.record, body)
    _expect_convention(snapshot)


def _expect_count(record: PackageRecord, body: Finalize) -> None:
    if body.expected_file_count not in (None, record.file_count):
        files = "1 file" if record.file_count == 1 else f"{record.file_count} files"
        message = f"The package has {files}, not {body.expected_file_count} (expected_file_count)."
        raise Conflict(UNEXPECTED_CONTENT, message, file_count=record.file_count)


def _expect_convention(snapshot: PackageSnapshot) -> None:
    record = snapshot.record
    if record.convention:
        metadata = snapshot.package.metadata
        conventions.check(record.convention, metadata, snapshot.entries, workspace=record.workspace)


def _expect_digest(digest: str, body: Finalize) -> None:
    if body.expected_manifest_digest not in (None, digest):
        expected = f"{body.expected_manifest_digest} (expected_manifest_digest)"
        message = f"The digest of the manifest is {digest}, not {expected}."
        raise Conflict(UNEXPECTED_CONTENT, message, manifest_digest=digest)


def _is_long(files: list[FileEntry]) -> bool:
    rehashed = sum(entry.size for entry in files if _needs_rehash(entry))
    return len(files) > MAX_INLINE_FINALIZE_FILES or rehashed > MAX_INLINE_REHASH_BYTES


def _needs_rehash(entry: FileEntry) -> bool:
    return entry.multipart is not None or settings().s3_integrity is Integrity.READBACK


def _ignore(progress: Progress) -> None:
    """Report nothing: inside a request nobody waits for progress."""


def _find_flaws(snapshot: PackageSnapshot, report: Report) -> list[Flaw]:
    """Return the files that are missing or different, by path."""
    # the store accepted no other bytes than the declared ones, so a listing is a proof
    storage().proves_uploads()
    listed = {found.key: found.size for found in storage().list(content_prefix(snapshot.record))}
    files = snapshot.files
    flaws = []
    for done, entry in enumerate(files, start=1):
        step = partial(report, Progress(done=done, total=len(files), unit="files"))
        step()
        flaws.append(_inspect(entry, snapshot.key(entry), listed, step))
    return [flaw for flaw in flaws if flaw]


def _inspect(entry: FileEntry, key: str, listed: dict[str, int], step: Step) -> Flaw | None:
    if entry.multipart:
        if not storage().complete_multipart(key, entry.multipart.upload_id, size=entry.size):
            return Flaw(entry, "some of its parts have not arrived")
    elif key not in listed:
        return Flaw(entry, "its bytes have not arrived")
    elif listed[key] != entry.size:
        arrived = "1 byte" if listed[key] == 1 else f"{listed[key]} bytes"
        reason = f"{arrived} arrived, the declared size is {entry.size}"
        return Flaw(entry, reason, foreign=_needs_rehash(entry))
    if _needs_rehash(entry) and stored_sha256(key, step) != entry.sha256:
        return _foreign_flaw(entry)
    return None


def _foreign_flaw(entry: FileEntry) -> Flaw:
    reason = "other bytes arrived than the declared ones"
    if entry.multipart:
        return Flaw(entry, f"{reason}; plan the file again with `replace: true`")
    return Flaw(entry, f"{reason}; they were set aside: send the declared bytes again", foreign=True)


def _incomplete(flaws: Iterable[Flaw]) -> Conflict:
    flaws = list(flaws)
    files = [{"path": flaw.entry.path, "reason": flaw.reason} for flaw in flaws[:MAX_REPORTED_FILES]]
    subject = "1 file is missing or has" if len(flaws) == 1 else f"{len(flaws)} files are missing or have"
    message = f"{subject} other bytes than declared; nothing was finalized."
    return Conflict(INCOMPLETE_PACKAGE, message, files=files, count=len(flaws))


def _set_aside(snapshot: PackageSnapshot, flaws: list[Flaw], *, actor: Actor) -> None:
    """Give a new key to each file whose key holds other bytes."""
    # A create-only store never accepts the declared bytes under a key that holds others. The others
    # cannot be deleted: a slow finalizer could delete bytes that were sent and finalized meanwhile.
    record = snapshot.record
    foreign = [flaw.entry for flaw in flaws[:MAX_REPORTED_FILES] if flaw.foreign]
    if not foreign:
        return
    moved = [entry.model_copy(update={"key": own_key(record, entry)}) for entry in foreign]
    pages = list(store.pages(snapshot.state.pk, moved, first=record.page_count + 1))
    extended = record.model_copy(update={"page_count": record.page_count + len(pages)})
    payload = {"paths_digest": canonical.digest([entry.path for entry in moved]), "count": len(moved)}
    with transact() as transaction:
        for page in pages:
            transaction.save(page.files)
            transaction.save(page.hashes)
        packages.save(
            transaction, snapshot.state, extended, action=Action.SET_ASIDE, actor=actor, payload=payload
        )


def _as_finalized(record: PackageRecord, digest: str, body: Finalize) -> PackageRecord:
    _expect_digest(digest, body)
    now = clock.now()
    promised = retention.current(record.workspace).expires_at(record.retention_class, now)
    update = {
        "status": Status.FINALIZED,
        "manifest_digest": digest,
        "finalized_at": now,
        "expires_at": later_promise(record.expires_at, promised),
    }
    return locks.with_requested_locks(record.model_copy(update=update))
