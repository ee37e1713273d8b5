"""Mirror the promise and the holds of a package to the store's locks (docs/concepts/object-lock.md).

With Object Lock on, every object of a finalized package, its manifest included, is locked as the table
says. The table decides, and the objects follow: the table changes first, then the locks are set, read
back, and the result is noted. A mirror is `confirmed`, `pending` (not confirmed yet), or `drift` (the
store has other locks). The package shows it. A sweep tries again when it is `pending` or `drift`. An
integrity sweep reads a `confirmed` mirror back when it checks the package. A promise without an end is a
legal hold, because no store keeps a date that never comes.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, HoldfastError, NotFound
from chalicelib.core.settings import settings
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.operations.models.claim import Report
from chalicelib.packages.models.lock import (
    MIRROR_GRACE_S,
    Found,
    lock_for,
    mirror_from,
    pending,
    switched_off,
)
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.service import packages
from chalicelib.packages.store import packages as packages_store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.storage.protocol import Lock
from chalicelib.storage.service import storage
from holdfast.api.operations import Progress
from holdfast.api.packages import Status
from holdfast.api.retention import LockMirror, LockState

AT_ONCE = 16
READ_BACK_AT_MOST = 200
RECHECKED_AT_MOST = 5_000  # two requests a file, in what an integrity sweep leaves of its worker's time
ACTIONS = {
    LockState.CONFIRMED: Action.LOCKS_CONFIRMED,
    LockState.DRIFT: Action.LOCKS_DRIFTED,
    LockState.PENDING: Action.LOCKS_PENDING,
}


def with_requested_locks(record: PackageRecord) -> PackageRecord:
    """Return the record with a pending mirror when it is finalized and Object Lock is on; else unchanged."""
    if not _keeps_locks(record):
        return record
    lock = pending(clock.now(), detail="The locks are being set.", after_s=MIRROR_GRACE_S)
    return record.model_copy(update={"lock": lock})


@retry_when_stale
def mirror(package_id: str, *, actor: Actor, report: Report | None = None) -> PackageRecord:
    """Set the locks of all objects as the table says, read them back, note the mirror; return the record.

    The note is conditional on the record that was read, so the last note belongs to the last change.
    When the store refuses or does not answer, the mirror stays `pending` and nothing is raised.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    if record.lock is None or record.status is not Status.FINALIZED:
        return record
    lock = _set_all(record, snapshot, report) if _keeps_locks(record) else switched_off(record.lock)
    return _append_mirror_event(snapshot.state, record, lock, actor=actor)


def recheck(snapshot: PackageSnapshot, *, actor: Actor, report: Report) -> None:
    """Read a confirmed mirror back, and note it when it is not confirmed any more.

    Nothing is read for a mirror that a retention sweep checks anyway, nor for a package of more than
    RECHECKED_AT_MOST files. Nothing is noted for a package that was changed meanwhile, because that
    change sets its own mirror.
    """
    record = snapshot.record
    confirmed = record.lock is not None and record.lock.state is LockState.CONFIRMED
    if not (confirmed and _keeps_locks(record)) or record.file_count > RECHECKED_AT_MOST:
        return
    lock = mirror_from(
        lock_for(record), _for_each_key(object_keys(record, snapshot), _read, report), clock.now()
    )
    if lock.state is not LockState.CONFIRMED:
        with suppress(Stale):
            _append_mirror_event(snapshot.state, record, lock, actor=actor)


def read_back(record: PackageRecord, snapshot: PackageSnapshot) -> LockMirror | None:
    """Return the mirror as the store's locks are now, and change nothing.

    The last note is returned instead, or None without one, when Object Lock is off, when the package is
    not finalized, and when it has more than READ_BACK_AT_MOST files.
    """
    if not _keeps_locks(record) or record.file_count > READ_BACK_AT_MOST:
        return record.lock
    found = _for_each_key(object_keys(record, snapshot), _read, None)
    return mirror_from(lock_for(record), found, clock.now())


def object_keys(record: PackageRecord, snapshot: PackageSnapshot) -> list[str]:
    """Return the storage keys of a finalized package's objects, each once; the manifest comes last."""
    keys = {packages_store.object_key(record, entry) for entry in snapshot.entries.values()}
    return [*sorted(keys), packages_store.manifest_key(record)]


def _append_mirror_event(
    state: Item, record: PackageRecord, lock: LockMirror, *, actor: Actor
) -> PackageRecord:
    noted = record.model_copy(update={"lock": lock})
    before = record.lock.state if record.lock else None
    payload = {"reason": lock.detail, "objects": lock.objects, "before": before, "after": lock.state}
    with transact() as transaction:
        packages.save(transaction, state, noted, action=ACTIONS[lock.state], actor=actor, payload=payload)
    return noted


def _set_all(record: PackageRecord, snapshot: PackageSnapshot, report: Report | None) -> LockMirror:
    want = lock_for(record)
    found = _for_each_key(object_keys(record, snapshot), partial(_set, want), report)
    return mirror_from(want, found, clock.now())


def _keeps_locks(record: PackageRecord) -> bool:
    return settings().s3_object_lock and record.status is Status.FINALIZED


def _for_each_key(keys: Sequence[str], act: Callable[[str], Found], report: Report | None) -> list[Found]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(_with_reports(pool.map(act, keys), len(keys), report))


def _with_reports(found: Iterable[Found], total: int, report: Report | None) -> Iterable[Found]:
    for done, one in enumerate(found, start=1):
        if report:
            report(Progress(done=done, total=total, unit="objects"))
        yield one


def _set(want: Lock, key: str) -> Found:
    try:
        storage().lock(key, want)
    except (Conflict, NotFound):
        pass  # the store keeps it longer or has lost it; the lock that is read next says which
    except HoldfastError as error:
        return Found(key, problem=error.message)
    return _read(key)


def _read(key: str) -> Found:
    try:
        return Found(key, lock=storage().lock_of(key))
    except NotFound:
        return Found(key, lost=True)
    except HoldfastError as error:
        return Found(key, problem=error.message)
