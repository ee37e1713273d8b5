"""The verbs of verifying: ask for it, do it, show the verdicts.

Verifying: every stored byte of a finalized package is read and hashed again.

A verdict is five-valued (`ok`, `bad`, `missing`, `error`, `not_checked`), per file, kept in pages
beside the package that are written once each, so a worker that dies goes on where it stopped and
nothing is checked twice or counted twice. Nothing checked is never green.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from threading import Event

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import HoldfastError, InvalidState, NotFound, not_found
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.operations.models.claim import Report, Stop
from chalicelib.operations.service import lifecycle, operations
from chalicelib.operations.service.claims import Claim
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.models.verification import (
    MAX_REHASH_BYTES,
    Check,
    KeptPage,
    all_verdicts,
    bytes_to_read,
    integrity_after,
    is_settled,
    next_page,
    result_of,
)
from chalicelib.packages.service import packages
from chalicelib.packages.service.files import stored_sha256
from chalicelib.packages.store import files, integrity_schedule
from chalicelib.packages.store import packages as packages_store
from chalicelib.packages.store import verifications as store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.storage.protocol import StoredObject
from chalicelib.storage.service import storage
from holdfast.api import codes
from holdfast.api.operations import Operation, OperationType, Progress, Result
from holdfast.api.packages import Queued, Status
from holdfast.api.verifications import FileVerdict, Verdict, VerdictPage, VerdictQuery

CHECKS_AT_ONCE = 8
TELL_EVERY_S = 2.0


class NotedBefore(Exception):
    """The package's chain tells of this verification already."""


@retry_when_stale
def verify(package_id: str, *, actor: Actor) -> Queued:
    """Queue a re-hash of every stored byte; `InvalidState` for a package that is not finalized."""
    snapshot = packages.load(package_id, actor=actor)
    _require_finalized(snapshot.record)
    return packages.submit(snapshot, OperationType.PACKAGE_VERIFY, {}, Action.VERIFY_QUEUED, actor=actor)


def check(package_id: str, operation_id: str, *, actor: Actor, report: Report) -> Result:
    """Re-hash what the verification has not checked yet; the result over all of it.

    Raises `InvalidState` for a package whose deletion was ordered meanwhile: what is missing says nothing.
    """
    snapshot = files.find_with_files(actor.workspace, package_id)
    if snapshot is None:
        return result_of([])
    _require_finalized(snapshot.record)
    pages = examine(snapshot, Check(operation_id, operation_id), report=report, may_go_on=_always)
    result = result_of(all_verdicts(pages))
    _require_finalized(conclude(package_id, operation_id, result, actor=actor))
    return result


def examine(
    snapshot: PackageSnapshot, check: Check, *, report: Report, may_go_on: Callable[[int], bool]
) -> list[KeptPage]:
    """The verdicts of a check, by path, which goes on where it stopped.

    Asks `may_go_on(bytes that are read next)` before each page; fewer verdicts than files when it may not.
    """
    record, partition = snapshot.record, snapshot.state.pk
    ordered = snapshot.files
    pages = list(store.find_pages(partition, check.id))
    _report_files(report, len(all_verdicts(pages)), len(ordered), 0)
    while page := next_page(ordered[(place := len(all_verdicts(pages))) :]):
        if not may_go_on(sum(map(bytes_to_read, page))):
            break
        tell = partial(_report_files, report, place, len(ordered))
        rows = _check_page(record, page, tell)
        try:
            with transact() as transaction:
                transaction.save(store.new_page(partition, check, place=place, rows=rows))
            pages.append(KeptPage(check.operation_id, rows))
        except Stale:  # another claim kept the page first: what it found is what counts
            pages = list(store.find_pages(partition, check.id))
        tell(len(rows))
    return pages


@retry_when_stale
def conclude(
    package_id: str, check_id: str, result: Result, *, actor: Actor, kept: Item | None = None
) -> PackageRecord:
    """Write what a check of all files came to, once: the package's integrity, its event, its next turn.

    `kept` is saved with it. Nothing is written for a package that is not kept any more. Answers the record
    as it was read.
    """
    snapshot = packages.load(package_id, actor=actor)
    before = snapshot.record
    if before.status is not Status.FINALIZED:
        return before
    after = _with_verdicts(before, result)
    place = integrity_schedule.find_place(before)
    integrity_schedule.fill(place, after, since=clock.now())
    payload = {"check_id": check_id, "outcome": result.outcome, "counts": after.verdicts}
    payload |= {"before": before.integrity, "after": after.integrity}
    with suppress(NotedBefore), transact() as transaction:
        transaction.save(store.new_mark(before, check_id, result), on_conflict=NotedBefore())
        transaction.save(place)
        if kept:
            transaction.save(kept)
        packages.save(
            transaction, snapshot.state, after, action=Action.VERIFIED, actor=actor, payload=payload
        )
    return before


def search(package_id: str, operation_id: str, query: VerdictQuery, *, actor: Actor) -> VerdictPage:
    """One page of a verification's verdicts, by path; as many as have been reached while it runs.

    Raises `NotFound` for a run that is no verification of this package.
    """
    packages.load(package_id, actor=actor)
    _require_verification(operations.find(operation_id, actor=actor), package_id)
    described = ["verdicts", actor.workspace, package_id, operation_id]
    skip = cursors.decode(query.cursor, query=described) or 0
    found = store.find_some(actor.workspace, package_id, operation_id, skip=skip, count=query.limit + 1)
    shown = found[: query.limit]
    more = len(found) > len(shown)
    next_cursor = cursors.encode(skip + len(shown), query=described) if more else None
    return VerdictPage(items=shown, next_cursor=next_cursor)


def _with_verdicts(before: PackageRecord, result: Result) -> PackageRecord:
    """The record after a check; it counts as verified only when every file came to a verdict on its bytes."""
    verdicts = {Verdict(counter.value): count for counter, count in result.summary_counts.items()}
    verified_at = clock.now() if is_settled(verdicts) else before.last_verified_at
    integrity = integrity_after(before.integrity, verdicts)
    changes = {"integrity": integrity, "last_verified_at": verified_at, "verdicts": verdicts}
    return before.model_copy(update=changes)


def _always(size: int) -> bool:  # noqa: ARG001  who asks for a verification wants all of it
    return True


def perform(claim: Claim) -> Result:
    """Do the work of a claimed verification."""
    operation = claim.operation
    actor = lifecycle.initiator(operation)
    return check(operation.subject.id, operation.id, actor=actor, report=claim.checkpoint)


def truth(operation: Operation) -> Result | None:
    """What the package's chain tells of the verification; None while it tells nothing."""
    return store.result(operation.workspace, operation.subject.id, operation.id)


def _require_verification(operation: Operation, package_id: str) -> None:
    if (operation.type, operation.subject.id) != (OperationType.PACKAGE_VERIFY, package_id):
        raise not_found()


def _report_files(report: Report, start: int, total: int, done: int) -> None:
    report(Progress(done=start + done, total=total, unit="files"))


def _require_finalized(record: PackageRecord) -> None:
    if record.status is not Status.FINALIZED:
        message = f"The package is {record.status}; only a finalized package can be verified."
        raise InvalidState(codes.INVALID_STATE, message, status=record.status)


def _check_page(
    record: PackageRecord, entries: Sequence[FileEntry], tell: Callable[[int], None]
) -> list[FileVerdict]:
    """The verdicts on `entries`, in order; `tell` hears how many are done whenever bytes have moved.

    Renewals are bound to moving bytes: a store that hangs stops them, and the lease runs out.
    """
    moved = Moved()
    with ThreadPoolExecutor(max_workers=CHECKS_AT_ONCE) as pool:
        futures = [pool.submit(_verdict, record, entry, moved) for entry in entries]
        try:
            while pending := wait(futures, timeout=TELL_EVERY_S).not_done:
                if moved.since_last():
                    tell(len(futures) - len(pending))
        except BaseException:
            moved.stop()
            raise
    return [future.result() for future in futures]


class Moved:
    """Whether bytes have moved since it was last asked; told to `stop`, it ends what moves them."""

    def __init__(self) -> None:
        self._moved = Event()
        self._stopped = Event()

    def __call__(self) -> None:
        """Note that a chunk has moved."""
        if self._stopped.is_set():
            raise Stop
        self._moved.set()

    def since_last(self) -> bool:
        """Whether anything has moved since the last call."""
        moved = self._moved.is_set()
        self._moved.clear()
        return moved

    def stop(self) -> None:
        """End the work at its next chunk."""
        self._stopped.set()


def _verdict(record: PackageRecord, entry: FileEntry, step: Callable[[], None]) -> FileVerdict:
    step()
    key = packages_store.object_key(record, entry)
    try:
        if entry.size > MAX_REHASH_BYTES:
            return _measured(entry, storage().head(key))
        digest = stored_sha256(key, step)
    except NotFound:
        return FileVerdict(path=entry.path, verdict=Verdict.MISSING, detail="nothing is stored for it")
    except HoldfastError as error:
        return FileVerdict(path=entry.path, verdict=Verdict.ERROR, detail=error.message)
    if digest != entry.sha256:
        return FileVerdict(path=entry.path, verdict=Verdict.BAD, detail=f"its SHA-256 is {digest}")
    return FileVerdict(path=entry.path, verdict=Verdict.OK)


def _measured(entry: FileEntry, found: StoredObject | None) -> FileVerdict:
    """What the store says of a file that no worker has the time to read."""
    if found is None:
        return FileVerdict(path=entry.path, verdict=Verdict.MISSING, detail="nothing is stored for it")
    if found.size != entry.size:
        return FileVerdict(path=entry.path, verdict=Verdict.BAD, detail=f"it has {found.size} bytes")
    detail = f"over {MAX_REHASH_BYTES} bytes (MAX_REHASH_BYTES): only its presence and size are known"
    return FileVerdict(path=entry.path, verdict=Verdict.NOT_CHECKED, detail=detail)
