"""Integrity of stored bytes: plan and queue sweeps, list alarms (docs/concepts/integrity.md)."""

from collections.abc import Iterator

from holdfast.api.integrity import Alarm, AlarmPage, SweepPlan, SweepQueued, SweepRequest
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse

LARGEST_PAGE = 200


class Integrity:
    """The calls under `/integrity`.

    Every call raises `ApiError` for a refusal, `Unreachable` when nobody answers, and `InputError` for a
    field that breaks a rule, before anything is sent.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def sweep(self, *, include_recent: bool = False, budget_bytes: int | None = None) -> SweepQueued:
        """Queue a check of stored bytes, longest due first. Follow the operation to see the result.

        `include_recent` adds packages that are not due yet. The default of `budget_bytes` is a setting of the
        service.
        """
        return parse(SweepQueued, self._ask(include_recent, budget_bytes, dry_run=False))

    def plan(self, *, include_recent: bool = False, budget_bytes: int | None = None) -> SweepPlan:
        """Return the packages that such a sweep would check now. Nothing is queued."""
        return parse(SweepPlan, self._ask(include_recent, budget_bytes, dry_run=True))

    def alarms(self) -> Iterator[Alarm]:
        """Yield the packages whose stored bytes differ, or may differ, from the finalized ones."""
        for body in self._transport.pages("/integrity/alarms", {"limit": LARGEST_PAGE}):
            yield from parse(AlarmPage, body).items

    def _ask(self, include_recent: bool, budget_bytes: int | None, *, dry_run: bool) -> bytes:  # noqa: FBT001  its callers have it as an argument
        wanted = {"include_recent": include_recent, "budget_bytes": budget_bytes, "dry_run": dry_run}
        body = check(SweepRequest, wanted).model_dump(mode="json", exclude_none=True)
        return self._transport.post("/integrity/sweep", body).content
