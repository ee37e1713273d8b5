"""Items of events. They are in the partition of their aggregate, beside its state item.

Access patterns:
- append: put `A#{seq}` if absent, in the transaction that saves the state item
- history of one aggregate, oldest first: query pk, sk begins with `A#`
"""

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Page, RawKey
from holdfast.api.audit import Event

PREFIX = "A#"


def to_item(event: Event, pk: str) -> Item:
    """Return the item of `event`, in the partition of its aggregate."""
    sk = f"{PREFIX}{event.seq:012d}"
    return Item(pk=pk, sk=sk, kind="audit-event", data=event.model_dump(mode="json"))


def to_event(item: Item) -> Event:
    """Return the event that `item` keeps."""
    return Event.model_validate(item.data)


def history(pk: str, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of the chain in the partition `pk`, oldest first."""
    return queries.query(pk, Item.sk.startswith(PREFIX), limit=limit, start=start)
