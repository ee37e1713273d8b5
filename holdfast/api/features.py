"""Rows that hooks made, with their provenance."""

from datetime import datetime

from pydantic import JsonValue

from holdfast.api.schema import Entity, Limit, Request, Text


class FeatureQuery(Request):
    """GET /features/{feature}."""

    package_id: Text | None = None
    run_id: Text | None = None
    provenance: bool = False
    limit: Limit = 50
    cursor: str | None = None


class FeatureRow(Entity):
    """One row. `index` is its number in the run, from 0."""

    feature: str
    package_id: str
    run_id: str
    index: int
    data: dict[str, JsonValue]


class ProvenRow(FeatureRow):
    """One row with its provenance: the code, the configuration and the inputs that made the row."""

    hook: str
    version: int
    runtime: str
    digest: str
    config: dict[str, JsonValue]
    source_ref: str | None
    built_by: str
    built_at: datetime
    operation_id: str
    manifest_digest: str
    output_digest: str | None
    finished_at: datetime | None


class FeaturePage(Entity):
    """One page of rows, the oldest run first."""

    items: list[ProvenRow | FeatureRow]
    next_cursor: str | None
