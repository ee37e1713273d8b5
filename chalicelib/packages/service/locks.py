"""The verbs of the store's locks: ask for a mirror, mirror, read back.

The store's own locks, which say what the table says (docs/concepts/object-lock.md).

With Object Lock on, a sealed package's promise and holds are mirrored to every object of it, its
manifest included, and read back. The table decides; the objects follow: table first, then objects, then
the reading back, then the note of what it found. A mirror that is not confirmed is `pending`, one that
says something else is `drift`; both are shown wherever the package is, and a sweep tries again. One that
is `confirmed` is read back whenever the rotation checks the package's bytes.
A promise without an end is a legal hold: no store keeps a date that never comes.
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
    """Return the record with a pending mirror if finalized and if the store keeps locks; else as it is."""
    if not _mirrored(record):
        return record
    lock = pending(clock.now(), detail="The locks are being set.", after_s=MIRROR_GRACE_S)
    return record.model_copy(update={"lock": lock})


@retry_when_stale
def mirror(package_id: str, *, actor: Actor, report: Report | None = None) -> PackageRecord:
    """Set the locks of all objects as the table says, read them back, and note what that found.

    The note is conditional on the table as it was read, so the last mirror is of the last change.
    A store that refuses or does not answer leaves the mirror `pending`; nothing is raised for it.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    if record.lock is None or record.status is not Status.FINALIZED:
        return record
    lock = _set_all(record, snapshot, report) if _mirrored(record) else switched_off(record.lock)
    return _append_mirror_event(snapshot.state, record, lock, actor=actor)


def recheck(snapshot: PackageSnapshot, *, actor: Actor, report: Report) -> None:
    """Read a confirmed mirror back, and note where the store has come to say something else.

    Nothing is noted while it says the same, for a mirror that a sweep looks at anyway, for a package of
    over RECHECKED_AT_MOST files, and for one that was changed meanwhile: that change is mirrored.
    """
    record = snapshot.record
    confirmed = record.lock is not None and record.lock.state is LockState.CONFIRMED
    if not (confirmed and _mirrored(record)) or record.file_count > RECHECKED_AT_MOST:
        return
    lock = mirror_from(
        lock_for(record), _for_each_key(object_keys(record, snapshot), _read, report), clock.now()
    )
    if lock.state is not LockState.CONFIRMED:
        with suppress(Stale):
            _append_mirror_event(snapshot.state, record, lock, actor=actor)


def read_back(record: PackageRecord, snapshot: PackageSnapshot) -> LockMirror | None:
    """What the store says now, changing nothing; what was last noted for a package of many objects.

    None when the store keeps no locks, or the package is not sealed.
    """
    if not _mirrored(record) or record.file_count > READ_BACK_AT_MOST:
        return record.lock
    found = _for_each_key(object_keys(record, snapshot), _read, None)
    return mirror_from(lock_for(record), found, clock.now())


def object_keys(record: PackageRecord, snapshot: PackageSnapshot) -> list[str]:
    """The keys of a sealed package's objects, each once; its manifest is the last."""
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


def _mirrored(record: PackageRecord) -> bool:
    return settings().s3_object_lock and record.status is Status.FINALIZED


def _for_each_key(keys: Sequence[str], act: Callable[[str], Found], report: Report | None) -> list[Found]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(_reported(pool.map(act, keys), len(keys), report))


def _reported(found: Iterable[Found], total: int, report: Report | None) -> Iterable[Found]:
    for done, one in enumerate(found, start=1):
        if report:
            report(Progress(done=done, total=total, unit="objects"))
        yield one


def _set(want: Lock, key: str) -> Found:
    try:
        storage().lock(key, want)
    except (Conflict, NotFound):
        pass  # the store keeps it longer, or has lost it: reading back says which
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
