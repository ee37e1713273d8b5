"""Producer adapters: each reads the reports it knows and says what a package's metadata should tell.

A new one is a module with an `Adapter` and a line in ADAPTERS. An adapter never fails an ingest:
what it cannot read is a warning, printed and kept under `metadata.warnings`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import rfc8785

from chalicelib.packages.models import MAX_METADATA_BYTES
from holdfast.ingest import guide_board
from holdfast.ingest.findings import Findings
from holdfast.ingest.tree import Tree

MAX_WARNINGS = 50


class Adapter(NamedTuple):
    """What producer it knows, how its directories are detected, and how they are read."""

    name: str
    kind: str
    producer: str
    metadata_key: str
    detects: Callable[[Tree], bool]
    reads: Callable[[Tree], Findings]


class Recognised(NamedTuple):
    """What is known of a directory before it is ingested; nothing where no adapter knows it."""

    adapter: str | None = None
    kind: str | None = None
    producer: str | None = None
    name: str | None = None
    metadata: dict[str, Any] = {}  # noqa: RUF012  never written to
    warnings: list[str] = []  # noqa: RUF012  never written to


ADAPTERS = [
    Adapter(
        name="guide-board",
        kind="guide-board-run",
        producer="guide-board",
        metadata_key="guide_board",
        detects=guide_board.detects,
        reads=guide_board.reads,
    )
]


def recognise(tree: Tree, kind: str | None) -> Recognised:
    """What the first adapter for `kind` says; without a kind, the first that detects its own."""
    for adapter in ADAPTERS:
        if adapter.kind == kind or (kind is None and adapter.detects(tree)):
            return _described(adapter, tree)
    return Recognised(kind=kind)


def _described(adapter: Adapter, tree: Tree) -> Recognised:
    findings = adapter.reads(tree)
    warnings = findings.warnings[:MAX_WARNINGS]
    metadata: dict[str, Any] = {adapter.metadata_key: findings.metadata}
    if len(rfc8785.dumps([metadata, warnings])) > MAX_METADATA_BYTES:
        metadata, warnings = (
            {},
            [f"what {adapter.name} says is over {MAX_METADATA_BYTES} bytes; it was left out"],
        )
    if warnings:
        metadata["warnings"] = warnings
    return Recognised(adapter.name, adapter.kind, adapter.producer, findings.name, metadata, warnings)
