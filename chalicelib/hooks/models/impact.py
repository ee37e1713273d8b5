"""The totals over the runs of a release; pure (docs/concepts/hooks.md)."""

from collections import Counter
from collections.abc import Iterable, Mapping

from holdfast.api.hook_runs import RunStatus
from holdfast.api.impact import Totals

MAX_TOTALLED_RUNS = 10_000


def totals(rows: Iterable[Mapping[str, str]], *, complete: bool) -> Totals:
    """Return the totals over runs, given the facets of each; `complete` says whether these are all runs."""
    found = list(rows)
    statuses = Counter(row["status"] for row in found)
    return Totals(
        runs=len(found),
        packages=len({row["package_id"] for row in found}),
        rows=sum(int(row["rows"]) for row in found),
        by_status={status: statuses[status] for status in RunStatus},
        complete=complete,
    )
