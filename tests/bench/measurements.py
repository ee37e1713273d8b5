"""What a benchmark finds: a number with its unit and budget, shown as a table and kept as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.table import Table


class Measurement(NamedTuple):
    """One number. A value over `budget` is one too many; without a budget it is only recorded."""

    name: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def over(self) -> bool:
        """Whether the value breaks the budget."""
        return self.budget is not None and self.value > self.budget

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing where there is no budget."""
        return "" if self.budget is None else "over" if self.over else "ok"


def table(found: Iterable[Measurement]) -> Table:
    """The measurements as a person reads them."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("what")
    for heading in ("measured", "budget"):
        shown.add_column(heading, justify="right")
    for heading in ("unit", ""):
        shown.add_column(heading)
    for one in found:
        budget = "" if one.budget is None else _number(one.budget)
        style = "bold red" if one.over else None
        shown.add_row(one.name, _number(one.value), budget, one.unit, one.verdict, style=style)
    return shown


def keep(found: Sequence[Measurement], path: Path) -> None:
    """Write them to `path` as a list of `{name, value, unit, budget}` (docs/development/architecture.md)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [one._asdict() | {"value": round(one.value, 4)} for one in found]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def _number(value: float) -> str:
    whole = value == int(value)
    return f"{int(value):,}" if whole else f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
