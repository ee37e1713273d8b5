"""Verifications: read and hash every stored byte of a finalized package again; list the verdicts.

Each file gets one of five verdicts: `ok`, `bad`, `missing`, `error`, `not_checked`. Pages in the package's
partition keep them, and each page is written once. So after a crash the next attempt goes on with the
next page, and no file is checked or counted twice. A check of no file never succeeds.
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
REPORT_EVERY_S = 2.0


class NotedBefore(Exception):
    """The package's chain has the event of this verification already."""


@retry_when_stale
def verify(package_id: str, *, actor: Actor) -> Queued:
    """Queue a verification; raise `InvalidState` for a package that is not finalized."""
    snapshot = packages.load(package_id, actor=actor)
    _require_finalized(snapshot.record)
    return packages.submit(snapshot, OperationType.PACKAGE_VERIFY, {}, Action.VERIFY_QUEUED, actor=actor)


def check(package_id: str, operation_id: str, *, actor: Actor, report: Report) -> Result:
    """Check the files that the verification has not checked yet, and return the result over all files.

    Raises `InvalidState` for a package that was deleted meanwhile, because missing bytes then prove nothing.
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
    """Do a check, or go on with it, and return its pages of verdicts, by path.

    It calls `may_go_on` with the bytes of the next page, and stops when that returns False. Then there
    are fewer verdicts than files.
    """
    record, partition = snapshot.record, snapshot.state.pk
    ordered = snapshot.files
    pages = list(store.find_pages(partition, check.id))
    _report_files(report, len(all_verdicts(pages)), len(ordered), 0)
    while page := next_page(ordered[(place := len(all_verdicts(pages))) :]):
        if not may_go_on(sum(map(bytes_to_read, page))):
            break
        report_page = partial(_report_files, report, place, len(ordered))
        rows = _check_page(record, page, report_page)
        try:
            with transact() as transaction:
                transaction.save(store.new_page(partition, check, place=place, rows=rows))
            pages.append(KeptPage(check.operation_id, rows))
        except Stale:  # another claim kept the page first: its verdicts count
            pages = list(store.find_pages(partition, check.id))
        report_page(len(rows))
    return pages


@retry_when_stale
def conclude(
    package_id: str, check_id: str, result: Result, *, actor: Actor, kept: Item | None = None
) -> PackageRecord:
    """Write the result of a check of all files, once: the package's integrity, its event, its next turn.

    `kept` is an item to save in the same transaction. Nothing is written for a package that is not
    finalized any more. Returns the record as it was read.
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
    """Return one page of a verification's verdicts, by path; while it runs, those that it has so far.

    Raises `NotFound` for a run that is not a verification of this package.
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
    """Return the record after a check; `last_verified_at` changes only with a sure verdict on every file."""
    verdicts = {Verdict(counter.value): count for counter, count in result.summary_counts.items()}
    verified_at = clock.now() if is_settled(verdicts) else before.last_verified_at
    integrity = integrity_after(before.integrity, verdicts)
    changes = {"integrity": integrity, "last_verified_at": verified_at, "verdicts": verdicts}
    return before.model_copy(update=changes)


def _always(size: int) -> bool:  # noqa: ARG001  a verification checks every file
    return True


def perform(claim: Claim) -> Result:
    """Do the verification of a claimed operation."""
    operation = claim.operation
    actor = lifecycle.initiator(operation)
    return check(operation.subject.id, operation.id, actor=actor, report=claim.checkpoint)


def truth(operation: Operation) -> Result | None:
    """Return the result of a verification once its event is in the package's chain; None before."""
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
    record: PackageRecord, entries: Sequence[FileEntry], report_done: Callable[[int], None]
) -> list[FileVerdict]:
    """Return the verdicts on `entries`, in order; call `report_done` with the number done so far."""
    # a report renews the lease, so it needs bytes that moved: if the store hangs, the lease runs out
    moved = Moved()
    with ThreadPoolExecutor(max_workers=CHECKS_AT_ONCE) as pool:
        futures = [pool.submit(_verdict, record, entry, moved) for entry in entries]
        try:
            while pending := wait(futures, timeout=REPORT_EVERY_S).not_done:
                if moved.since_last():
                    report_done(len(futures) - len(pending))
        except BaseException:
            # whatever ends the work, the pool waits for its threads, so they must stop at their next chunk
            moved.stop()
            raise
    return [future.result() for future in futures]


class Moved:
    """A note that bytes have moved. After `stop`, a thread that reads the next chunk gets `Stop`."""

    def __init__(self) -> None:
        self._moved = Event()
        self._stopped = Event()

    def __call__(self) -> None:
        """Note that a chunk has moved."""
        if self._stopped.is_set():
            raise Stop
        self._moved.set()

    def since_last(self) -> bool:
        """Return whether a chunk has moved since the last call."""
        moved = self._moved.is_set()
        self._moved.clear()
        return moved

    def stop(self) -> None:
        """Make every reader stop at its next chunk."""
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
    """Return the verdict on a file that is too large to read, from the presence and size of its object."""
    if found is None:
        return FileVerdict(path=entry.path, verdict=Verdict.MISSING, detail="nothing is stored for it")
    if found.size != entry.size:
        detail = f"its size in bytes is {found.size}, not {entry.size}"
        return FileVerdict(path=entry.path, verdict=Verdict.BAD, detail=detail)
    detail = f"it is over {MAX_REHASH_BYTES} bytes (MAX_REHASH_BYTES): only its presence and size are known"
    return FileVerdict(path=entry.path, verdict=Verdict.NOT_CHECKED, detail=detail)
