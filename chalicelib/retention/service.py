"""The verbs of a workspace's own retention: show and set the classes' periods and the policy."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.dynamodb.items import Item, RawKey
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.retention import store
from chalicelib.retention.models.classes import Action, WorkspaceRetention, with_period
from holdfast.api.retention import ClassList, RetentionClass, RetentionPolicy, SetClass, SetPolicy

REMEMBERED_S = 60
AGGREGATE = "retention"


def current(workspace: str) -> WorkspaceRetention:
    """Return the workspace's retention, read consistently."""
    return store.to_retention(store.find(workspace))


def recent(workspace: str) -> WorkspaceRetention:
    """Return the workspace's retention as it was within the last minute.

    This is for a promise that finalize makes again; it saves a read of the table.
    """
    found = _remembered(workspace)
    if abs((clock.now() - found.read_at).total_seconds()) < REMEMBERED_S:
        return found.retention
    _remembered.cache_clear()
    return _remembered(workspace).retention


def classes(*, actor: Actor) -> ClassList:
    """Return every class with its period in the actor's workspace."""
    return current(actor.workspace).classes()


def policy(*, actor: Actor) -> RetentionPolicy:
    """Return the policy of the actor's workspace."""
    return current(actor.workspace).policy


@retry_when_stale
def set_class(kind: RetentionClass, body: SetClass, *, actor: Actor) -> ClassList:
    """Give a class another period, for promises that are made from now on; earlier promises stay."""
    item, before = _load(actor.workspace)
    after = before.model_copy(update={"periods": with_period(before.periods, kind, body.period_days)})
    payload = {
        "retention_class": kind,
        "before": before.period_days(kind),
        "after": after.period_days(kind),
        "reason": body.reason,
    }
    if before != after:
        _save(item, after, action=Action.CLASS_CHANGED, actor=actor, payload=payload)
    return after.classes()


@retry_when_stale
def set_policy(body: SetPolicy, *, actor: Actor) -> RetentionPolicy:
    """Set whether the sweep deletes eligible packages, and after how many days of grace."""
    item, before = _load(actor.workspace)
    wanted = body.model_dump(include={"auto_delete", "grace_days"})
    kept = before.policy.model_dump(include=set(wanted))
    if kept == wanted:
        return before.policy
    by = {"reason": body.reason, "changed_by": actor.user_id, "changed_at": clock.now()}
    after = before.model_copy(update={"policy": RetentionPolicy(**wanted, **by)})
    payload = {"before": kept, "after": wanted, "reason": body.reason}
    _save(item, after, action=Action.POLICY_CHANGED, actor=actor, payload=payload)
    return after.policy


def demand(transaction: Transaction, workspace: str, seen: RetentionPolicy) -> None:
    """Let `transaction` commit only while the workspace's policy is still `seen`.

    Raises `PolicyChanged` otherwise, here or at the commit.
    """
    item = store.find(workspace)
    if item is None or store.to_retention(item).policy != seen:
        raise PolicyChanged
    transaction.check(store.key(workspace), Item.version == item.version, on_conflict=PolicyChanged())


class PolicyChanged(Exception):
    """The workspace's policy is not the one that was read before."""


def deleting(*, after: RawKey | None) -> tuple[list[tuple[str, int]], RawKey | None]:
    """Return one page of the workspaces with auto-delete, each with its days of grace, and the next key."""
    return store.deleting(after=after)


def _load(workspace: str) -> tuple[Item, WorkspaceRetention]:
    item = store.find(workspace)
    return item or store.new_state(workspace), store.to_retention(item)


def _save(
    item: Item, after: WorkspaceRetention, *, action: Action, actor: Actor, payload: dict[str, Any]
) -> None:
    with transact() as transaction:
        audit.record(transaction, item, aggregate=AGGREGATE, action=action, actor=actor, payload=payload)
        store.fill(item, actor.workspace, after)
        transaction.save(item)
    _remembered.cache_clear()


class _Remembered(NamedTuple):
    retention: WorkspaceRetention
    read_at: datetime


@lru_cache(maxsize=256)
def _remembered(workspace: str) -> _Remembered:
    return _Remembered(current(workspace), clock.now())
