"""What goes to stdout: compact JSON for programs, tables and lines for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")]

WIDE = 400


def emit_json(value: Any) -> None:
    """Print `as_json(value)` on one line."""
    typer.echo(as_json(value))


def as_json(value: Any) -> str:
    """`value` as compact JSON: sorted keys, ASCII, so that equal data is equal text everywhere."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table with a heading; on no terminal as wide as it needs, so that nothing is cut off."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*[Text(plain(cell)) for cell in row])
    Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False).print(table)


def emit_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """One `name  value` line for each field that has a value."""
    present = [(name, str(value)) for name, value in fields if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in present), default=0)
    for name, value in present:
        typer.echo(f"{name:<{width}}  {plain(value)}")


def plain(text: str) -> str:
    """`text` without control characters: a name from elsewhere cannot steer the terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def human_bytes(size: int) -> str:
    """A size as people say it: `12.3 MB`, by thousands."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004  what kilo means
            return f"{amount:.1f} {unit}" if unit != "bytes" else f"{size} bytes"
        amount /= 1000
    return f"{amount:.1f} TB"
