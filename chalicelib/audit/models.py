"""The events of a chain: how they are hashed, and the check that anybody can repeat."""

import hashlib
from collections.abc import Iterable
from typing import Any

from chalicelib.core import canonical, clock
from holdfast.api import moments
from holdfast.api.audit import Event

LEAF_PREFIX = b"\x00"
GENESIS = "0" * 64


def link(
    *,
    workspace: str,
    aggregate: str,
    after: tuple[int, str],
    action: str,
    actor: str,
    payload: dict[str, Any],
) -> Event:
    """Return the event that follows `after`, which is the seq and the hash of the last event.

    At the start of a chain `after` is (0, GENESIS).
    """
    seq, prev = after
    leaf = {
        "workspace": workspace,
        "aggregate": aggregate,
        "seq": seq + 1,
        "prev": prev,
        "action": action,
        "actor": actor,
        "at": moments.rfc3339(clock.now()),
        "payload_digest": canonical.digest(payload),
    }
    return Event.model_validate({**leaf, "hash": leaf_hash(leaf), "payload": payload})


def leaf_hash(leaf: dict[str, Any]) -> str:
    """Return the hash of a leaf, in hex: SHA-256 over 0x00 (RFC 6962) and its canonical JSON."""
    return hashlib.sha256(LEAF_PREFIX + canonical.encode(leaf)).hexdigest()


def first_bad(events: Iterable[Event]) -> int | None:
    """Return the seq of the first event that is altered, missing or out of order; None when all are right.

    An erased payload is no alteration: the chain is proven without it.
    """
    seq, head = 0, GENESIS
    for event in events:
        leaf = event.model_dump(exclude={"hash", "payload"}) | {"at": moments.rfc3339(event.at)}
        in_place = event.seq == seq + 1 and event.prev == head
        if not in_place or event.hash != leaf_hash(leaf) or not _payload_holds(event):
            return seq + 1
        seq, head = event.seq, event.hash
    return None


def _payload_holds(event: Event) -> bool:
    return event.payload is None or canonical.digest(event.payload) == event.payload_digest
