"""Output on stdout: compact JSON for programs, tables and lines for people."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from holdfast.api.messages import quantity

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")]

WIDE = 400
SENTENCE = 24  # a longer cell with spaces may be wrapped, down to this number of characters
GAP = 2


def emit_json(value: Any) -> None:
    """Print `value` as compact JSON on one line."""
    typer.echo(as_json(value))


def as_json(value: Any) -> str:
    """Return `value` as compact JSON in ASCII with sorted keys, so that equal data gives equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> None:
    """Print a table with a heading, within `width` characters.

    The default width is that of the terminal, or unlimited without a terminal. Sentences are wrapped. Ids,
    dates and numbers are never broken or cut off: when they do not fit, the first cell of each row gets a
    line, and the other cells stand below it with their names.
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    room = width or (shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE)
    if room < _least_width(columns, cells) and cells:
        _emit_below_each_other(columns, cells, room)
    else:
        _emit_beside_each_other(columns, cells, room)


def emit_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """Print a line `name  value` for each field that has a value."""
    present = [(name, str(value)) for name, value in fields if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in present), default=0)
    for name, value in present:
        typer.echo(f"{name:<{width}}  {plain(value)}")


def plain(text: str) -> str:
    """Return `text` without control characters, so that a name cannot send commands to the terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def human_bytes(size: int) -> str:
    """Return a size for people, such as `12.3 MB`. One unit is 1,000 of the unit before."""
    amount = float(size)
    for unit in ("byte", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004  what kilo means
            return f"{amount:.1f} {unit}" if unit != "byte" else quantity(size, "byte")
        amount /= 1000
    return f"{amount:.1f} TB"


def _least_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """Return the least width of the table when only sentences are wrapped."""
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
        rest = "; ".join(f"{column} {cell}".strip() for column, cell in named if cell)
        typer.echo(first)
        for line in textwrap.wrap(rest, width - GAP, break_on_hyphens=False, break_long_words=False):
            typer.echo(f"{' ' * GAP}{line}")
