"""Findings of integrity sweeps, one item for each package.

Access patterns:
- the finding of a sweep on one package: put `integrity-sweep#{operation id}` / `{package id}` if absent, with
  the package's state
- all findings of a sweep: query that partition
"""

from datetime import datetime

from chalicelib.core import clock
from chalicelib.dynamodb import items as table
from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item
from chalicelib.packages.models.integrity import Checked

KEPT_S = 30 * 86_400  # longer than any run of the sweep may last


def new_checked(workspace: str, operation_id: str, checked: Checked, *, now: datetime) -> Item:
    """Return the item with the finding on one package; DynamoDB removes it KEPT_S seconds after `now`."""
    partition = _sweep_partition(workspace, operation_id)
    data = checked.model_dump(mode="json")
    ends = clock.shifted(now, KEPT_S)
    return Item(pk=partition, sk=checked.package_id, kind="integrity-checked", data=data, ttl=ends)


def find_checked(workspace: str, operation_id: str) -> list[Checked]:
    """Return the findings of a sweep so far, by package."""
    items = queries.query_all(_sweep_partition(workspace, operation_id))
    return [Checked.model_validate(item.data) for item in items]


def _sweep_partition(workspace: str, operation_id: str) -> str:
    return table.partition(workspace, "integrity-sweep", operation_id)
