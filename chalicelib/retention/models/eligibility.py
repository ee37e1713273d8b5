"""The decision whether a package may be deleted, and the rules behind it; pure.

`explain` takes facts and a moment, and returns the decision with every rule behind it. The sweep, the
endpoint, the dry run and delete use it and nothing else. A package may go only when every rule is met. An
unknown fact counts as not met, so the default is `keep`.

See docs/concepts/retention.md.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.retention.models.classes import after_days
from holdfast.api.moments import rfc3339
from holdfast.api.retention import (
    AutoDelete,
    Decision,
    Explanation,
    Hold,
    LockMirror,
    RetentionClass,
    RetentionPolicy,
    Rule,
    RuleResult,
)

FINALIZED = "finalized"
GONE = "deleted"


class Facts(NamedTuple):
    """All facts that a decision needs. `promised_by` is the audit event that set the date.

    `released_at` is when the last hold was released. A `lock` of None says that the store keeps no locks for
    this package.
    """

    status: str
    retention_class: RetentionClass
    expires_at: datetime | None
    promised_by: str | None
    holds: Sequence[Hold]
    released_at: datetime | None
    lock: LockMirror | None
    policy: RetentionPolicy


def explain(facts: Facts, now: datetime) -> Explanation:
    """Return the decision over `facts` at `now`: `eligible` only when every rule is met, else `keep`."""
    rules = [_is_finalized(facts), _expired(facts, now), *_not_held(facts), _store_releases(facts, now)]
    met = all(rule.met for rule in rules)
    return Explanation(
        decision=Decision.ELIGIBLE if met else Decision.KEEP,
        decided_at=now,
        retention_class=facts.retention_class,
        expires_at=facts.expires_at,
        holds=list(facts.holds),
        lock=facts.lock,
        rules=rules,
        auto_delete=_auto_delete(facts, now, eligible=met),
    )


def _is_finalized(facts: Facts) -> RuleResult:
    if facts.status == FINALIZED:
        return RuleResult(rule=Rule.FINALIZED, met=True, detail="The package is finalized.")
    if facts.status == GONE:
        detail = "The package is deleted already: the removal of its bytes was ordered before."
    else:
        detail = f"The package is {facts.status}; only a finalized package is ever deleted."
    return RuleResult(rule=Rule.FINALIZED, met=False, detail=detail)


def _expired(facts: Facts, now: datetime) -> RuleResult:
    end, kind = facts.expires_at, facts.retention_class
    met = end is not None and end <= now
    if end is None:
        detail = f"The promise ({kind}) never ends."
    else:
        detail = f"The promise ({kind}) {'ended' if met else 'ends'} at {rfc3339(end)}."
    return RuleResult(rule=Rule.EXPIRED, met=met, detail=detail, date=end, reference=facts.promised_by)


def _not_held(facts: Facts) -> Iterator[RuleResult]:
    if not facts.holds:
        yield RuleResult(rule=Rule.NOT_HELD, met=True, detail="The package has no hold.")
    for hold in facts.holds:
        detail = f"The hold {hold.name} of {hold.applied_by} keeps the package: {hold.reason}"
        yield RuleResult(
            rule=Rule.NOT_HELD, met=False, detail=detail, date=hold.applied_at, reference=hold.event
        )


def _store_releases(facts: Facts, now: datetime) -> RuleResult:
    lock = facts.lock
    if lock is None:
        return RuleResult(
            rule=Rule.STORE_RELEASES, met=True, detail="The store keeps no locks for this package."
        )
    met = lock.releases(now)
    detail = f"The store's own locks {'release' if met else 'keep'} the package ({lock.state}): {lock.detail}"
    return RuleResult(rule=Rule.STORE_RELEASES, met=met, detail=detail, date=lock.retain_until)


def _auto_delete(facts: Facts, now: datetime, *, eligible: bool) -> AutoDelete:
    policy, free_since = facts.policy, facts.expires_at
    if free_since and facts.released_at:
        # a package that a hold kept past its date gets the whole grace, too
        free_since = max(free_since, facts.released_at)
    due_at = after_days(free_since, policy.grace_days) if free_since else None
    passed = due_at is not None and due_at <= now
    return AutoDelete(
        on=policy.auto_delete,
        grace_days=policy.grace_days,
        due_at=due_at if policy.auto_delete else None,
        due=policy.auto_delete and eligible and passed,
    )
