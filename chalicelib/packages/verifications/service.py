"""The verbs of verifying: ask for it, do it, show the verdicts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from threading import Event

from chalicelib.auth.models import Actor
from chalicelib.core import cursors
from chalicelib.core.errors import HoldfastError, InvalidState, NotFound, not_found
from chalicelib.core.transaction import Stale, retry_when_stale, transact
from chalicelib.operations import service as operations
from chalicelib.operations.claims.models import Stop
from chalicelib.operations.models import Operation, OperationType, Progress, Result
from chalicelib.packages import service as packages
from chalicelib.packages.files import store as files
from chalicelib.packages.files.models import FileEntry
from chalicelib.packages.manifests.service import Report, stored_sha256
from chalicelib.packages.models import Action, PackageRecord, Status
from chalicelib.packages.verifications import store
from chalicelib.packages.verifications.models import (
    VERDICT_PAGE_FILES,
    FileVerdict,
    Verdict,
    VerdictPage,
    VerdictQuery,
    result_of,
)
from chalicelib.packages.work import service as work
from chalicelib.packages.work.models import Queued

CHECKS_AT_ONCE = 8
TELL_EVERY_S = 2.0


class NotedBefore(Exception):
    """The package's chain tells of this verification already."""


def verify(package_id: str, *, actor: Actor) -> Queued:
    """Queue a re-hash of every stored byte; `InvalidState` for a package that is not finalized."""
    _require_sealed(packages.load(package_id, actor=actor).record)
    order = work.Order(OperationType.PACKAGE_VERIFY, {}, Action.VERIFY_QUEUED)
    return work.queue(package_id, order, actor=actor)


def check(package_id: str, operation_id: str, *, actor: Actor, report: Report) -> Result:
    """Re-hash what the verification has not checked yet; the result over all of it."""
    contents = files.read_contents(actor.workspace, package_id)
    record = packages.admit(contents.state, actor=actor) if contents else None
    if contents is None or record is None:
        return result_of([])
    _require_sealed(record)
    ordered = [contents.entries[path] for path in sorted(contents.entries)]
    kept = partial(store.kept, actor.workspace, package_id, operation_id)
    kept_before = len(list(kept()))
    _tell(report, kept_before, len(ordered), 0)
    for start in range(kept_before, len(ordered), VERDICT_PAGE_FILES):
        tell = partial(_tell, report, start, len(ordered))
        rows = _check_page(record, ordered[start : start + VERDICT_PAGE_FILES], tell)
        seq = start // VERDICT_PAGE_FILES + 1
        item = store.new_page(actor.workspace, package_id, operation_id, seq=seq, rows=rows)
        with suppress(Stale), transact() as transaction:  # Stale: another claim kept the page first
            transaction.save(item)
        tell(len(rows))
    result = result_of(kept())
    _note(package_id, operation_id, result, actor=actor)
    return result


def search(package_id: str, operation_id: str, query: VerdictQuery, *, actor: Actor) -> VerdictPage:
    """One page of a verification's verdicts, by path; as many as have been reached while it runs.

    Raises `NotFound` for a run that is no verification of this package.
    """
    packages.load(package_id, actor=actor)
    _require_verification(operations.find(operation_id, actor=actor), package_id)
    described = ["verdicts", actor.workspace, package_id, operation_id]
    skip = cursors.unseal(query.cursor, query=described) or 0
    seq, offset = divmod(skip, VERDICT_PAGE_FILES)
    found = store.two_pages(actor.workspace, package_id, operation_id, seq=seq + 1)
    shown = found[offset : offset + query.limit]
    more = offset + len(shown) < len(found)
    next_cursor = cursors.seal(skip + len(shown), query=described) if more else None
    return VerdictPage(items=shown, next_cursor=next_cursor)


def noted(operation: Operation) -> Result | None:
    """What the package's chain tells of the verification; None while it tells nothing."""
    return store.result(operation.workspace, operation.subject.id, operation.id)


def _require_verification(operation: Operation, package_id: str) -> None:
    if (operation.type, operation.subject.id) != (OperationType.PACKAGE_VERIFY, package_id):
        raise not_found()


def _tell(report: Report, start: int, total: int, done: int) -> None:
    report(Progress(done=start + done, total=total, unit="files"))


def _require_sealed(record: PackageRecord) -> None:
    if record.status is not Status.FINALIZED:
        message = f"The package is {record.status}; only a finalized package can be verified."
        raise InvalidState(packages.INVALID_STATE, message, status=record.status)


def _check_page(
    record: PackageRecord, entries: list[FileEntry], tell: Callable[[int], None]
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
    try:
        digest = stored_sha256(files.object_key(record, entry), step)
    except NotFound:
        return FileVerdict(path=entry.path, verdict=Verdict.MISSING, detail="nothing is stored for it")
    except HoldfastError as error:
        return FileVerdict(path=entry.path, verdict=Verdict.ERROR, detail=error.message)
    if digest != entry.sha256:
        return FileVerdict(path=entry.path, verdict=Verdict.BAD, detail=f"its SHA-256 is {digest}")
    return FileVerdict(path=entry.path, verdict=Verdict.OK)


@retry_when_stale
def _note(package_id: str, operation_id: str, result: Result, *, actor: Actor) -> None:
    """Leave the event of the verification in the package's chain, once."""
    loaded = packages.load(package_id, actor=actor)
    mark = store.new_mark(loaded.record, operation_id, result)
    counts = {counter.value: count for counter, count in result.summary_counts.items()}
    payload = {"operation_id": operation_id, "outcome": result.outcome, "counts": counts}
    with suppress(NotedBefore), transact() as transaction:
        transaction.save(mark, otherwise=NotedBefore())
        packages.save(
            transaction, loaded.state, loaded.record, action=Action.VERIFIED, actor=actor, payload=payload
        )
