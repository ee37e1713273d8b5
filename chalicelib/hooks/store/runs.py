"""Items of hook runs. All results of hooks on one package are in one partition.

Sort keys in order: `LOG#{run}` the tail of a run's log, `PIN#{hook}#{version}` the run that a rerun
queued, `ROWS#...` feature rows (chalicelib/hooks/store/features.py), `RUN#{run}` the runs. A run's id
sorts by time.

Access patterns:
- one run: its operation names the package; get, with its log in the same request
- queue: put `RUN#{run}` if absent, in the transaction that finalizes the package
- the runs of a package, newest first: query sk begins with `RUN#`, backwards
- the runs of a release, newest first: index `by_ref`, partition
  `{namespace}#{workspace}#hook-run#{hook}#{version}`, sort = creation time
- all runs, newest first: index `by_time`, partition `{namespace}#{workspace}#hook-run`
- one rerun of a release on a package at a time: put `PIN#{hook}#{version}` if absent or as it was read
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from holdfast.api.hook_runs import HookRun, Log, RunQuery
from holdfast.api.moments import rfc3339

RUN = "RUN#"
LOG = "LOG#"
PIN = "PIN#"


class Logged(NamedTuple):
    """A run's item, and the item of its log; None for one that is missing."""

    run: Item | None
    log: Item | None


def pk(workspace: str, package_id: str) -> str:
    """Return the partition key of all results of hooks on one package."""
    return items.partition(workspace, "hook-runs", package_id)


def new_item(run: HookRun) -> Item:
    """Return the item of a new run."""
    item = Item(pk=pk(run.workspace, run.package_id), sk=f"{RUN}{run.id}", kind="hook-run")
    item.by_time_pk = items.partition(run.workspace, "hook-run")
    item.by_ref_pk = _of_release(run.workspace, run.hook, run.version)
    item.by_time_sk = item.by_ref_sk = f"{rfc3339(run.created_at)}#{run.id}"
    fill(item, run)
    return item


def fill(item: Item, run: HookRun) -> None:
    """Write `run` into its item, with the facets that lists filter by and totals add up."""
    item.data = run.model_dump(mode="json")
    facets = {
        "hook": run.hook,
        "version": str(run.version),
        "status": run.status.value,
        "feature": run.feature,
        "package_id": run.package_id,
        "tenant": run.tenant,
        "rows": str(run.row_count),
    }
    item.facets = {name: value for name, value in facets.items() if value is not None}


def new_log(run: HookRun, log: Log) -> Item:
    """Return the item of a run's log."""
    key = Key(pk(run.workspace, run.package_id), f"{LOG}{run.id}")
    return Item(pk=key.pk, sk=key.sk, kind="hook-run-log", data=log.model_dump(mode="json"))


def new_pin(run: HookRun) -> Item:
    """Return the item that names the run by which a rerun brings a release to a package."""
    key = pin_key(run.workspace, run.package_id, run.hook, run.version)
    return Item(pk=key.pk, sk=key.sk, kind="hook-run-pin", data=run.id)


def pin_key(workspace: str, package_id: str, hook: str, version: int) -> Key:
    """Return the key of the item that names the run by which a rerun brings a release to a package."""
    return Key(pk(workspace, package_id), f"{PIN}{hook}#{version:010d}")


def to_run(item: Item) -> HookRun:
    """Return the run that an item keeps."""
    return HookRun.model_validate(item.data)


def find(workspace: str, package_id: str, run_id: str) -> Item | None:
    """Return the item of one run, or None."""
    return queries.get(Key(pk(workspace, package_id), f"{RUN}{run_id}"))


def find_logged(workspace: str, package_id: str, run_id: str) -> Logged:
    """Return a run's item with the item of its log, read in one request."""
    partition = pk(workspace, package_id)
    run, log = Key(partition, f"{RUN}{run_id}"), Key(partition, f"{LOG}{run_id}")
    found = queries.batch_get([run, log])
    return Logged(found.get(run), found.get(log))


def find_all(workspace: str, named: Iterable[tuple[str, str]]) -> dict[str, HookRun]:
    """Return runs by id, given pairs of a package's and a run's id; 100 runs cost one read.

    A run that does not exist is left out.
    """
    found = queries.batch_get(
        Key(pk(workspace, package_id), f"{RUN}{run_id}") for package_id, run_id in named
    )
    runs = [to_run(item) for item in found.values()]
    return {run.id: run for run in runs}


def find_pins(keys: Iterable[Key]) -> dict[Key, Item]:
    """Return the pins under these keys; a pin that does not exist is left out."""
    return queries.batch_get(keys)


def newest(workspace: str, query: RunQuery, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of the runs that `query` asks for, as items from the base table, newest first."""
    where = _facets(query.facets)
    if query.package_id:
        partition = pk(workspace, query.package_id)
        condition = Item.sk.startswith(RUN)
        return queries.query(partition, condition, forward=False, limit=limit, start=start, where=where)
    if query.hook and query.version:
        page = of_release(workspace, query.hook, query.version, limit=limit, start=start, where=where)
    else:
        partition = items.partition(workspace, "hook-run")
        page = queries.query(partition, index="by_time", forward=False, limit=limit, start=start, where=where)
    return Page(read(page.items), page.last_key)


def of_release(
    workspace: str,
    hook: str,
    version: int,
    *,
    limit: int | None,
    start: RawKey | None,
    where: Condition | None = None,
) -> Page:
    """Return index rows of a release's runs, newest first; a row carries the facets that `fill` writes."""
    partition = _of_release(workspace, hook, version)
    return queries.query(partition, index="by_ref", forward=False, limit=limit, start=start, where=where)


def read(rows: Iterable[Item]) -> list[Item]:
    """Return the items of index rows, in the order of the rows."""
    keys = [Key(row.pk, row.sk) for row in rows]
    found = queries.batch_get(keys)
    return [found[key] for key in keys if key in found]


def _of_release(workspace: str, hook: str, version: int) -> str:
    return items.partition(workspace, "hook-run", hook, str(version))


def _facets(wanted: Mapping[str, str]) -> Condition | None:
    condition: Condition | None = None
    for name, value in wanted.items():
        condition &= Item.facets[name] == value
    return condition
