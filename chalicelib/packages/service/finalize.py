"""The verb of the seal: commit it, with what others add to it.

The seal: one transaction after which a package never changes, and what belongs into it.

What must begin exactly when a package is sealed joins that transaction, whichever way leads there:
inside a request or by a worker. Those above packages register themselves; packages know none of them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Transaction, transact
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.service import packages
from chalicelib.packages.store import integrity_schedule
from holdfast.api import moments

MAX_ADDED = 96  # a transaction holds 100 items, and the seal itself takes four


class Joined(NamedTuple):
    """What the package's chain tells of what joined the seal, and what is to be done once it is committed."""

    told: dict[str, Any]
    after: Callable[[], None]


Companion = Callable[[Transaction, PackageRecord, Actor], Joined | None]
_companions: list[Companion] = []


def at_seal(companion: Companion) -> Companion:
    """Register what adds its writes to the transaction that seals a package; None when it adds nothing.

    All of them together add at most MAX_ADDED items. What is to be done `after` may be lost in a
    crash: whatever it does, something else must do later.
    """
    _companions.append(companion)
    return companion


def commit(state: Item, before: PackageRecord, sealed: PackageRecord, *, actor: Actor) -> Callable[[], None]:
    """Seal the package in one transaction; answers what is to be done when the caller is done too."""
    promise = {
        "reason": sealed.retention_class,
        "before": moments.optional_rfc3339(before.expires_at),
        "after": moments.optional_rfc3339(sealed.expires_at),
    }
    with transact() as transaction:
        joined = [found for join in _companions if (found := join(transaction, sealed, actor))]
        proof = _proof(sealed, joined)
        transaction.save(integrity_schedule.new_place(sealed))
        packages.note(transaction, state, sealed, action=Action.FINALIZED, actor=actor, payload=proof)
        sealed = sealed.model_copy(update={"promised_by": packages.next_event(state, sealed)})
        packages.save(
            transaction, state, sealed, action=Action.RETENTION_DEFAULTED, actor=actor, payload=promise
        )
    return lambda: _after(joined)


def _proof(sealed: PackageRecord, joined: list[Joined]) -> dict[str, Any]:
    proof = {
        "manifest_digest": sealed.manifest_digest,
        "file_count": sealed.file_count,
        "total_bytes": sealed.total_bytes,
    }
    for found in joined:
        proof |= found.told
    return proof


def _after(joined: list[Joined]) -> None:
    for found in joined:
        found.after()
