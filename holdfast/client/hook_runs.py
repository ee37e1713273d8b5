"""Hook runs: list, read, wait, show the impact of a release, and rerun."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from holdfast.api.hook_runs import HookRun, HookRunPage, HookRunView, RunQuery
from holdfast.api.impact import Impact, Reran, Rerun
from holdfast.client.operations import Operations
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse
from holdfast.client.waiting import Pause

LARGEST_PAGE = 200


class HookRuns:
    """The calls under `/hook-runs` and a release's `/impact` and `/rerun`.

    Each raises `ApiError` for a refusal, `Unreachable` without an answer.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, **filters: Any) -> Iterator[HookRun]:
        """Yield all runs that the fields of `RunQuery` select, newest first, page by page."""
        query = check(RunQuery, {"limit": LARGEST_PAGE, **filters})
        for body in self._transport.pages("/hook-runs", query.model_dump(mode="json", exclude_none=True)):
            yield from parse(HookRunPage, body).items

    def get(self, run_id: str) -> HookRunView:
        """Return one run: its pinned release, its result, and the end of its log."""
        return parse(HookRunView, self._transport.get(f"/hook-runs/{quote(run_id, safe='')}").content)

    def wait(self, package_id: str, *, pause: Pause | None = None) -> tuple[HookRun, ...]:
        """Wait until all runs on a package have ended. Return the runs, newest first."""
        operations = Operations(self._transport)
        for run in self.list(package_id=package_id):
            if not run.over:
                operations.wait(run.operation_id, pause=pause)
        return tuple(self.list(package_id=package_id))

    def await_all(self, run_ids: Iterable[str], *, pause: Pause | None = None) -> tuple[HookRunView, ...]:
        """Wait until all these runs have ended. Return the runs, in the given order."""
        operations = Operations(self._transport)
        named = list(run_ids)
        for run_id in named:
            operations.wait(self.get(run_id).operation_id, pause=pause)
        return tuple(self.get(run_id) for run_id in named)

    def impact(self, hook: str, version: int) -> Iterator[Impact]:
        """Yield the runs of a release, page by page. The first page has the `totals`."""
        params = {"limit": LARGEST_PAGE}
        for body in self._transport.pages(f"{_release(hook, version)}/impact", params):
            yield parse(Impact, body)

    def rerun(self, hook: str, version: int, *, limit: int = 100) -> Iterator[Reran]:
        """Queue the live release on the packages that a release ran on, and yield each page of new runs.

        `limit` is the number of runs on a page. After an interruption, call this again:
        no run is queued twice.
        """
        cursor: str | None = None
        while True:
            body = check(Rerun, {"limit": limit, "cursor": cursor}).model_dump(exclude_none=True)
            done = parse(Reran, self._transport.create(f"{_release(hook, version)}/rerun", body).content)
            yield done
            cursor = done.next_cursor
            if cursor is None:
                return


def _release(hook: str, version: int) -> str:
    return f"/hooks/{quote(hook, safe='')}/releases/{version}"
