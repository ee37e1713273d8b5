"""Items of memberships and of the owners' counter.

Access patterns:
- one member: get `member#{user}` / `ITEM`, one consistent read; the chain is beside it
- change one: get it and `members` / `OWNERS`, the number of owners, in one request
- all, oldest first: index `by_time`, partition `{namespace}#{workspace}#member`, sort = when added; former
  members are not in it
"""

from typing import NamedTuple

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.members.models import MemberRecord
from holdfast.api.moments import rfc3339

STATE = "ITEM"


class Seen(NamedTuple):
    """A membership, if there ever was one, and the counter of owners, as they were read."""

    state: Item
    record: MemberRecord | None
    owners: Item


def find(workspace: str, user_id: str) -> MemberRecord | None:
    """Return the membership of a user, active or ended; None when there never was one."""
    item = queries.get(_key(workspace, user_id))
    return MemberRecord.model_validate(item.data) if item else None


def read_with_owners(workspace: str, user_id: str) -> Seen:
    """Return the membership and the owners' counter, read together, for a conditional change.

    Items that do not exist yet are new ones.
    """
    key, owners_key = _key(workspace, user_id), Key(items.partition(workspace, "members"), "OWNERS")
    found = queries.batch_get([key, owners_key])
    state, owners = found.get(key), found.get(owners_key)
    return Seen(
        state=state or Item(pk=key.pk, sk=key.sk, kind="member"),
        record=MemberRecord.model_validate(state.data) if state else None,
        owners=owners or Item(pk=owners_key.pk, sk=owners_key.sk, kind="owners", data=0),
    )


def fill(item: Item, record: MemberRecord) -> None:
    """Write `record` into its item; only an active membership is in the list."""
    item.data = record.model_dump(mode="json")
    listed = record.removed_at is None
    item.by_time_pk = items.partition(record.workspace, "member") if listed else None
    item.by_time_sk = f"{rfc3339(record.added_at)}#{record.user_id}" if listed else None


def oldest(workspace: str, *, limit: int, start: RawKey | None) -> tuple[list[MemberRecord], RawKey | None]:
    """Return one page of members, oldest first, read consistently, and the key to continue from."""
    page: Page = queries.query(
        items.partition(workspace, "member"), index="by_time", limit=limit, start=start
    )
    keys = [Key(item.pk, item.sk) for item in page.items]
    found = queries.batch_get(keys)
    records = [MemberRecord.model_validate(found[key].data) for key in keys if key in found]
    return [record for record in records if record.removed_at is None], page.last_key


def _key(workspace: str, user_id: str) -> Key:
    return Key(items.partition(workspace, "member", user_id), STATE)
