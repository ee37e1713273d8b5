"""The page of error codes: the API's codes from its catalogue, the client's codes from its source."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chalicelib.http.problems import BARE_STATUS, STATUS
from chalicelib.web.service import catalogue as service
from holdfast.api import codes
from holdfast.cli import failures
from holdfast.errors import ApiError, HoldfastError
from holdfast.transfer import download  # noqa: F401  it declares an error of its own
from infra.documentation.markdown import ROOT, code, table

STATUSES = {kind.__name__: status for kind, status in STATUS.items()}
OF_THE_PROGRAM = {
    codes.INTERNAL_ERROR: "The program itself failed; its traceback is printed.",
    "INVALID_USAGE": "The command line is wrong.",
}

# their messages list the problems of one case, so the source has no sentence to show
GATHERED = {
    "INVALID_HOOK_FOLDER": "What is wrong with the folder of the hook, or with its hook.yaml.",
    "INVALID_REQUEST": "Each field that breaks a rule, with the rule.",
}

INTRODUCTION = """
# Error codes

An error of the API is `application/problem+json` (RFC 9457). It has these fields:

- `code`: the code of this page. A program decides by the code, never by the message.
- `title`: the same words as on this page.
- `status`: the HTTP status.
- `message`: one sentence about this case.
- `details`: facts about this case. Many codes name a field of `details` below.
- `request_id`: quote it when you report the error. It is in the log of the service.
- `type`: the address of the code's entry in the catalogue, `/api/errors/CODE`.

`GET /api/errors` serves the same catalogue. A status 429 or 503 comes with `Retry-After`.

## Codes of the API

The status is the one that a request is answered with. An operation or a hook run may also end with a code of
this table as its reason. A code without a status is only the reason of a hook run.
"""

CLIENT = """
## Codes of the client

The SDK raises these before a request, or when nobody answers it. The program prints them as `CODE: message`
on stderr and exits with the code in the last column; see [cli](cli.md#exit-codes). `…` stands for a part of
the message that differs from case to case. An answer without a code of its own is `HTTP_` and its status.
"""

PROGRAM = """
## Codes of the program
"""


class ClientCode(NamedTuple):
    """A code that the client raises: its classes, its messages and its next steps."""

    code: str
    classes: tuple[str, ...]
    messages: tuple[str, ...]
    next_steps: tuple[str, ...]


def text() -> str:
    """Return the page."""
    parts = (INTRODUCTION, api_table(), CLIENT, client_table(), PROGRAM, program_table())
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def api_table() -> str:
    """Return every code of the API with its status, its title, and what to do about it."""
    known = statuses()
    rows = [
        (code(entry.code), ", ".join(map(str, sorted(known[entry.code]))), entry.title, entry.remedy)
        for entry in service.errors().items
    ]
    return table(("code", "status", "what it means", "what to do"), rows)


def client_table() -> str:
    """Return every code of the client with its class, its messages, the next step and the exit code."""
    rows = [
        (
            code(found.code),
            ", ".join(map(code, found.classes)),
            " ".join(found.messages) if found.code not in GATHERED else GATHERED[found.code],
            " ".join(found.next_steps),
            ", ".join(sorted({str(_exit_code(name)) for name in found.classes})),
        )
        for found in client_codes()
    ]
    return table(("code", "class", "what it says", "what to do", "exit code"), rows)


def program_table() -> str:
    """Return the codes that the program alone prints."""
    ends = {codes.INTERNAL_ERROR: failures.BROKEN, "INVALID_USAGE": failures.REFUSED}
    rows = [(code(name), meaning, str(ends[name])) for name, meaning in OF_THE_PROGRAM.items()]
    return table(("code", "what it means", "exit code"), rows)


def statuses() -> dict[str, set[int]]:
    """Return the HTTP statuses of each code, as far as the code of the service shows them."""
    values = {name: value for name, value in vars(codes).items() if isinstance(value, str)}
    found: dict[str, set[int]] = defaultdict(set)
    for status, value in BARE_STATUS.items():
        found[value].add(status)
    found[codes.INTERNAL_ERROR].add(500)
    for call, _ in _calls_in(ROOT / "chalicelib"):
        name = _named(call.args[0])
        if _named(call.func) in STATUSES and name in values:
            found[values[name]].add(STATUSES[_named(call.func)])
    return found


def client_codes() -> list[ClientCode]:
    """Return every code that the client raises, by code."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for call, before in _calls_in(ROOT / "holdfast"):
        named = call.args[0]
        if _named(call.func) in _classes() and isinstance(named, ast.Constant):
            step = next((word.value for word in call.keywords if word.arg == "next_step"), None)
            texts = (_words(call.args[1], before), _words(step, before))
            found[str(named.value)].append((_named(call.func), *texts))
    return [_client_code(name, places) for name, places in sorted(found.items())]


def _client_code(name: str, places: list[tuple[str, str, str]]) -> ClientCode:
    classes, messages, steps = (
        tuple(dict.fromkeys(filter(None, column))) for column in zip(*places, strict=True)
    )
    known = failures.NEXT_STEPS.get(name)
    return ClientCode(name, tuple(sorted(classes)), messages, steps or ((known,) if known else ()))


def _classes() -> dict[str, type[HoldfastError]]:
    """Return the errors that the client raises by itself, by name."""
    found, left = {}, [HoldfastError]
    while left:
        kind = left.pop()
        found[kind.__name__] = kind
        left += [below for below in kind.__subclasses__() if below is not ApiError]
    return found


def _exit_code(name: str) -> int:
    return failures.exit_code(_classes()[name]("CODE", "A message."))


def _calls_in(folder: Path) -> Iterator[tuple[ast.Call, list[ast.Assign]]]:
    """Yield each call with positional arguments below `folder`, and the assignments that stand before it."""
    for path in sorted(folder.rglob("*.py")):
        nodes = sorted(ast.walk(ast.parse(path.read_text())), key=lambda node: getattr(node, "lineno", 0))
        before: list[ast.Assign] = []
        for node in nodes:
            if isinstance(node, ast.Assign):
                before.append(node)
            if isinstance(node, ast.Call) and node.args:
                yield node, before


def _words(value: ast.expr | None, before: list[ast.Assign]) -> str:
    """Return a message as it is written, with `…` for each value; nothing when it is not written there."""
    if isinstance(value, ast.Name):
        name = value.id
        value = next((found.value for found in reversed(before) if _named(found.targets[0]) == name), None)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "replace":
        value = value.func.value
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
