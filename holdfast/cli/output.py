"""What goes to stdout: compact JSON for programs, tables and lines for people."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")]

WIDE = 400
SENTENCE = 24  # a cell that is longer and has spaces may be wrapped, down to so many characters
GAP = 2


def emit_json(value: Any) -> None:
    """Print `as_json(value)` on one line."""
    typer.echo(as_json(value))


def as_json(value: Any) -> str:
    """`value` as compact JSON: sorted keys, ASCII, so that equal data is equal text everywhere."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> None:
    """A table with a heading, within `width` characters: the terminal's, or on none as wide as it needs.

    Sentences are wrapped. Where ids, dates and numbers would have to be broken, each row is a line with its
    first cell, and the others, named, below it; so nothing is ever cut off.
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    room = width or (shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE)
    if room < _least_width(columns, cells) and cells:
        _emit_below_each_other(columns, cells, room)
    else:
        _emit_beside_each_other(columns, cells, room)


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


def _least_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How narrow the table can be with nothing but sentences wrapped."""
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    sentences = [_is_sentence(column) for column in zip(*cells, strict=True)]
    kept = [SENTENCE if wraps else width for width, wraps in zip(widths, sentences, strict=False)]
    return sum(kept) + GAP * (len(kept) - 1)


def _is_sentence(column: Iterable[str]) -> bool:
    return any(len(cell) > SENTENCE and " " in cell for cell in column)


def _emit_beside_each_other(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        wraps = _is_sentence([row[number] for row in cells])
        table.add_column(column, overflow="fold", no_wrap=width < WIDE and not wraps)
    for row in cells:
        table.add_row(*map(Text, row))
    Console(width=width, markup=False, highlight=False).print(table)


def _emit_below_each_other(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> None:
    for first, *others in cells:
        named = zip(columns[1:], others, strict=True)
        told = "; ".join(f"{column} {cell}".strip() for column, cell in named if cell)
        typer.echo(first)
        for line in textwrap.wrap(told, width - GAP, break_on_hyphens=False, break_long_words=False):
            typer.echo(f"{' ' * GAP}{line}")
