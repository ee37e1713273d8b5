"""The page of the program, from the help of every command."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import typer

from holdfast.cli import failures
from holdfast.cli.main import app
from infra.documentation.markdown import code, link, table

INTRODUCTION = """
# The program `holdfast`

`holdfast NOUN VERB` does one thing. Data goes to stdout, everything else to stderr. With `--json`, stdout is
one line of JSON. `-h` or `--help` shows the help of a command. Options of the program itself stand before the
command.
"""

EXIT_CODES = {
    0: "Done. Where the command checks something: all is right.",
    failures.BAD: "Checked, and something is not right. Only commands that say so end like this.",
    failures.REFUSED: "Bad input: the same command cannot succeed as it stands.",
    failures.BROKEN: "The service, the store or the disk failed, or the command was stopped. Run it again.",
}

ENDS = {"typer.Exit", "checked.show"}  # the calls by which a command ends with a code of its own

Command = tuple[str, Any]


def text() -> str:
    """Return the page."""
    root = typer.main.get_command(app)
    found = list(commands())
    parts = [
        INTRODUCTION.strip(),
        parameters_table(root),
        "## Exit codes",
        table(("code", "meaning"), [(str(number), words) for number, words in EXIT_CODES.items()]),
        "Error codes are in [errors](errors.md).",
        "## Commands",
        table(
            ("command", "what it does"), [(link(name, name), _summary(command)) for name, command in found]
        ),
        *(_section(name, command) for name, command in found),
    ]
    return "\n\n".join(parts)


def commands() -> Iterator[Command]:
    """Yield every command with its whole name, in the order of the help."""
    yield from _below("holdfast", typer.main.get_command(app))


def parameters_table(command: Any) -> str:
    """Return the arguments and options of a command with their defaults and their help."""
    rows = [
        (code(_names(found)), _default(found), _help(found)) for found in command.params if not found.hidden
    ]
    return table(("parameter", "default", "meaning"), rows)


def exit_codes(command: Any) -> list[int]:
    """Return the codes that a command may end with: 1 only where its function ends with a code of its own."""
    callback = inspect.unwrap(command.callback)
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(callback))))
        if isinstance(node, ast.Call)
    }
    return [code for code in EXIT_CODES if code != failures.BAD or called & ENDS]


def _below(name: str, command: Any) -> Iterator[Command]:
    for word, found in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {word}", found)
    if not hasattr(command, "commands"):
        yield name, command


def _section(name: str, command: Any) -> str:
    return "\n\n".join(
        [
            f"### {name}",
            _prose(command.help or ""),
            code(f"{name} {_usage(command)}".strip()),
            parameters_table(command),
            f"Exit codes: {', '.join(map(str, exit_codes(command)))}.",
            f"```\n{(command.epilog or '').removeprefix('Example: ')}\n```",
        ]
    )


def _usage(command: Any) -> str:
    required = [found for found in command.params if found.required and found.opts[0].startswith("-")]
    words = [f"{found.opts[0]} {_metavar(found)}" for found in required]
    arguments = [_metavar(found) for found in command.params if not found.opts[0].startswith("-")]
    return " ".join([*arguments, *words, "[OPTIONS]"])


def _summary(command: Any) -> str:
    return _prose(command.help or "").partition("\n\n")[0]


def _prose(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))


def _names(found: Any) -> str:
    if not found.opts[0].startswith("-"):
        return _metavar(found)
    names = ", ".join([*found.opts, *found.secondary_opts])
    return names if getattr(found, "is_flag", False) else f"{names} {_metavar(found)}"


def _metavar(found: Any) -> str:
    if found.metavar:
        return str(found.metavar)
    return "N" if found.type_descriptor.annotation is int else str(found.name).upper()


def _default(found: Any) -> str:
    if found.required:
        return "required"
    if found.default in (None, "", False) or callable(found.default):
        return ""
    return code(str(found.default))


def _help(found: Any) -> str:
    least, most = getattr(found, "min", None), getattr(found, "max", None)
    limits = [f"at least {least}"] if least is not None else []
    limits += [f"at most {most}"] if most is not None else []
    return " ".join([found.help or "", f"({', '.join(limits)})" if limits else ""]).strip()
