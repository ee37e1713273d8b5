"""The verbs of membership: add, show, list, change, remove, leave; and the grant that the gate reads."""

from typing import Any, NamedTuple

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, not_found
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.members import store
from chalicelib.members.models import Action, MemberRecord, matches, ordered
from holdfast.api.auth import Grant, Membership
from holdfast.api.codes import LAST_OWNER, MEMBER_CHANGED, MEMBER_EXISTS
from holdfast.api.members import Add, Change, Member, MemberPage, MemberQuery


class Added(NamedTuple):
    """A member, and whether this request added them."""

    member: Member
    created: bool


def grant(workspace: str, user_id: str) -> Grant | None:
    """Return the grant of a user in a workspace; None when the user is no member. One consistent read."""
    record = store.find(workspace, user_id)
    if record is None or record.removed_at:
        return None
    return Membership(role=record.role, tenants=frozenset(record.tenants))


@retry_when_stale
def add(body: Add, *, actor: Actor) -> Added:
    """Add a member; an active member with the same role and tenants stays as they are.

    Raises `NotFound` for a tenant that is not the actor's, `Conflict` (MEMBER_EXISTS) for a member with
    another role or other tenants.
    """
    _require_entitled(set(body.tenants), actor)
    seen = store.read_with_owners(actor.workspace, body.user_id)
    if seen.record and seen.record.removed_at is None:
        return Added(_require_equal(body, _view_for(seen.record, actor)), created=False)
    record = _new_record(body, seen, actor)
    _commit(seen, record, action=Action.ADDED, actor=actor)
    return Added(_view_for(record, actor), created=True)


def get(user_id: str, *, actor: Actor) -> Member:
    """Return one member; raise `NotFound` for a user who is no member."""
    record = store.find(actor.workspace, user_id)
    if record is None or record.removed_at:
        raise not_found()
    return _view_for(record, actor)


def search(query: MemberQuery, *, actor: Actor) -> MemberPage:
    """Return one page of members, the earliest first."""
    described = ["members", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    records, last_key = store.oldest(actor.workspace, limit=query.limit, start=start)
    next_cursor = cursors.encode(last_key, query=described)
    return MemberPage(items=[_view_for(record, actor) for record in records], next_cursor=next_cursor)


@retry_when_stale
def change(user_id: str, body: Change, *, actor: Actor, if_match: str | None = None) -> Member:
    """Give a member another role, other tenants, or both. Equal values change nothing.

    Raises `NotFound` when the user is no member or a tenant is not the actor's, `Conflict` (MEMBER_CHANGED)
    when `if_match` names another revision, `Conflict` (LAST_OWNER) when no owner would be left.
    """
    seen, record = _load(user_id, actor)
    if not matches(if_match, record.revision):
        raise Conflict(
            MEMBER_CHANGED, f"The membership of {user_id} has changed since you read it; read it again."
        )
    tenants = (
        record.tenants
        if body.tenants is None
        else _with_replaced_tenants(record.tenants, body.tenants, actor)
    )
    wanted = {"role": body.role or record.role, "tenants": tenants}
    changed = record.model_copy(update={**wanted, **_next(record)})
    if changed.said() == record.said():
        return _view_for(record, actor)
    _commit(seen, changed, action=Action.CHANGED, actor=actor)
    return _view_for(changed, actor)


@retry_when_stale
def remove(user_id: str, *, actor: Actor) -> None:
    """End a membership; it grants nothing from the next request on.

    Raises `NotFound` when the user is no member, `Conflict` (LAST_OWNER) for the last owner.
    """
    seen, record = _load(user_id, actor)
    action = Action.LEFT if user_id == actor.user_id else Action.REMOVED
    gone = record.model_copy(update={"removed_at": clock.now(), **_next(record)})
    _commit(seen, gone, action=action, actor=actor)


def _require_equal(body: Add, member: Member) -> Member:
    if (member.role, member.tenants) != (body.role, ordered(body.tenants)):
        raise Conflict(
            MEMBER_EXISTS, f"{body.user_id} is a member already; change their role or tenants instead."
        )
    return member


def _load(user_id: str, actor: Actor) -> tuple[store.Seen, MemberRecord]:
    seen = store.read_with_owners(actor.workspace, user_id)
    if seen.record is None or seen.record.removed_at:
        raise not_found()
    return seen, seen.record


def _new_record(body: Add, seen: store.Seen, actor: Actor) -> MemberRecord:
    now = clock.now()
    return MemberRecord(
        workspace=actor.workspace,
        user_id=body.user_id,
        role=body.role,
        tenants=ordered(body.tenants),
        added_by=actor.user_id,
        added_at=now,
        updated_at=now,
        revision=seen.record.revision + 1 if seen.record else 1,
    )


def _next(record: MemberRecord) -> dict[str, Any]:
    return {"updated_at": clock.now(), "revision": record.revision + 1}


def _require_entitled(tenants: set[str], actor: Actor) -> None:
    # `*` is checked like a tenant: only an actor who sees every tenant can give it
    if not all(actor.entitled(tenant) for tenant in tenants):
        raise not_found()


def _with_replaced_tenants(before: list[str], wanted: list[str], actor: Actor) -> list[str]:
    """Return a member's tenants after the actor has replaced those that the actor sees."""
    _require_entitled(set(wanted), actor)
    unseen = {tenant for tenant in before if not actor.entitled(tenant)}
    return ordered(unseen | set(wanted))


def _commit(seen: store.Seen, record: MemberRecord, *, action: Action, actor: Actor) -> None:
    if _owners_after(seen, record) == 0 and seen.record and seen.record.is_owner:
        # a batch read is no snapshot: the refusal is right only if neither item changed meanwhile
        with transact() as transaction:
            for item in (seen.state, seen.owners):
                transaction.check(Key(item.pk, item.sk), Item.version == item.version)
        message = f"{record.user_id} is the only owner of this workspace; make another member an owner first."
        raise Conflict(LAST_OWNER, message)
    with transact() as transaction:
        _save(transaction, seen, record, action=action, actor=actor)


def _save(
    transaction: Transaction, seen: store.Seen, record: MemberRecord, *, action: Action, actor: Actor
) -> None:
    before = seen.record.said() if seen.record else None
    payload = {"user_id": record.user_id, "before": before, "after": record.said()}
    aggregate = f"member_{record.user_id}"
    audit.record(transaction, seen.state, aggregate=aggregate, action=action, actor=actor, payload=payload)
    store.fill(seen.state, record)
    transaction.save(seen.state)
    owners = _owners_after(seen, record)
    if owners != seen.owners.data:
        seen.owners.data = owners
        transaction.save(seen.owners)


def _owners_after(seen: store.Seen, record: MemberRecord) -> int:
    was_owner = seen.record is not None and seen.record.is_owner
    return int(seen.owners.data) + record.is_owner - was_owner


def _view_for(record: MemberRecord, actor: Actor) -> Member:
    values = record.model_dump(include=set(Member.model_fields))
    return Member.model_validate(values | {"tenants": _tenants_for(record, actor)})


def _tenants_for(record: MemberRecord, actor: Actor) -> list[str]:
    return [tenant for tenant in record.tenants if actor.entitled(tenant)]
