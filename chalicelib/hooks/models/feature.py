"""Pages of feature rows, and the provenance of a row; pure (docs/concepts/hooks.md)."""

from typing import Any, NamedTuple

from holdfast.api.features import FeatureRow, ProvenRow
from holdfast.api.hook_runs import HookRun
from holdfast.api.releases import Release

ROWS_A_PAGE = 200
MAX_PAGE_BYTES = 300_000  # before compression, so that no page comes near DynamoDB's 400 KB an item
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # a Lambda answers with 6 MB at most


class RowPage(NamedTuple):
    """Some rows of one run as the table keeps them.

    `seq` counts a run's pages from 1. `first` is the index of the page's first row in its run. `size` is
    in bytes before compression.
    """

    package_id: str
    run_id: str
    seq: int
    first: int
    rows: list[dict[str, Any]]
    size: int


def with_provenance(row: FeatureRow, run: HookRun, release: Release) -> ProvenRow:
    """Return the row with the run and the release that made it."""
    made = release.model_dump(
        include={"runtime", "digest", "config", "source_ref", "built_by", "built_at", "version", "hook"}
    )
    ran = run.model_dump(include={"operation_id", "manifest_digest", "output_digest", "finished_at"})
    return ProvenRow(**dict(row), **made, **ran)
