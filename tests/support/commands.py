"""Every command of the program, found by walking it."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from holdfast.cli.main import app


def commands() -> dict[str, Any]:
    """Each command and group by the words that name it, `holdfast` first."""
    return dict(_below("holdfast", get_command(app)))


def leaves() -> dict[str, Any]:
    """The commands that do something."""
    return {name: command for name, command in commands().items() if not isinstance(command, TyperGroup)}


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from _below(f"{name} {word}", inner)
