"""Retention of packages: extend, explain, classes, policy and sweeps (docs/concepts/retention.md)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

from holdfast.api.packages import Package
from holdfast.api.retention import (
    ClassList,
    ClassPeriod,
    EligiblePackage,
    EligiblePage,
    Explanation,
    Extend,
    RetentionPolicy,
    SetClass,
    SetPolicy,
)
from holdfast.api.sweeps import RetentionPlan, RetentionSweepQueued, SweepRetention
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse

LARGEST_PAGE = 200


class Retention:
    """The calls under `/retention`, and the retention of one package.

    Every call raises `ApiError` for a refusal, `Unreachable` when nobody answers, and `InputError` for a
    field that breaks a rule, before anything is sent.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def extend(self, package_id: str, **promise: Any) -> Package:
        """Extend the retention of a package, with the fields of `Extend`. A retry extends it once.

        Raises `ApiError` (409 RETENTION_SHORTENED) for an earlier end.
        """
        body = check(Extend, promise).model_dump(mode="json", exclude_none=True)
        answer = self._transport.create(f"/packages/{quote(package_id, safe='')}/retention", body)
        return parse(Package, answer.content)

    def explain(self, package_id: str) -> Explanation:
        """Return whether a package may be deleted now, with the rules, dates and holds behind that."""
        answer = self._transport.get(f"/packages/{quote(package_id, safe='')}/retention/explain")
        return parse(Explanation, answer.content)

    def classes(self) -> list[ClassPeriod]:
        """Return every class with its period in this workspace."""
        return parse(ClassList, self._transport.get("/retention/classes").content).items

    def set_class(self, retention_class: str, *, period_days: int | None, reason: str) -> list[ClassPeriod]:
        """Give a class another period in days, or None for no end. It applies to later packages only."""
        body = check(SetClass, {"period_days": period_days, "reason": reason}).model_dump()
        answer = self._transport.put(f"/retention/classes/{quote(retention_class, safe='')}", body)
        return parse(ClassList, answer.content).items

    def policy(self) -> RetentionPolicy:
        """Return the policy: whether the sweep deletes eligible packages, and after which grace period."""
        return parse(RetentionPolicy, self._transport.get("/retention/policy").content)

    def set_policy(self, **policy: Any) -> RetentionPolicy:
        """Turn the automatic deletion of eligible packages on or off, with the fields of `SetPolicy`."""
        body = check(SetPolicy, policy).model_dump()
        return parse(RetentionPolicy, self._transport.put("/retention/policy", body).content)

    def eligible(self) -> Iterator[EligiblePackage]:
        """Yield the packages that may be deleted now, earliest expiry first, page by page."""
        for body in self._transport.pages("/retention/eligible", {"limit": LARGEST_PAGE}):
            yield from parse(EligiblePage, body).items

    def sweep(self, **options: Any) -> RetentionPlan | RetentionSweepQueued:
        """Queue a sweep of this workspace, with the fields of `SweepRetention`.

        With `dry_run`, return the plan of the sweep instead, and queue nothing.
        """
        body = check(SweepRetention, options).model_dump()
        answer = self._transport.post("/retention/sweep", body)
        if answer.status_code == httpx.codes.ACCEPTED:
            return parse(RetentionSweepQueued, answer.content)
        return parse(RetentionPlan, answer.content)
