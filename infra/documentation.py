"""Keeps what is generated and committed true: the README's tables and the OpenAPI snapshot.

`python -m infra.documentation` rewrites what is out of date; with `--check` it only names it and
exits 1. A table stands between `<!-- name -->` and `<!-- /name -->`; nothing else is touched.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

import app  # noqa: F401  importing it registers every route
from chalicelib.auth.models import CAPABILITIES
from chalicelib.core.settings import Settings
from chalicelib.http.routes import routes
from chalicelib.web import service
from holdfast.api.auth import Scope

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SNAPSHOT = ROOT / "tests" / "contract" / "openapi.json"


def main() -> int:
    """Rewrite, or with `--check` name, every file that is out of date."""
    parser = argparse.ArgumentParser(description="Refresh the generated documents.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when one is out of date")
    check = parser.parse_args().check
    stale = outdated()
    for path, content in stale.items():
        print(f"{path.relative_to(ROOT)} {'is out of date' if check else 'rewritten'}")
        if not check:
            path.write_text(content)
    return 1 if check and stale else 0


def outdated() -> dict[Path, str]:
    """The files that are not what they should be, with what they should be."""
    wanted = {README: readme(README.read_text()), SNAPSHOT: snapshot()}
    return {
        path: content for path, content in wanted.items() if not path.exists() or path.read_text() != content
    }


def readme(text: str) -> str:
    """`text` with every generated table made anew. `ValueError` when a marker is missing."""
    for name, table in TABLES.items():
        text = section(text, name, table())
    return text


def section(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of `name`; `ValueError` when they are not there once."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    replaced, times = marked.subn(lambda found: f"{found[1]}{content}\n{found[2]}", text)
    if times != 1:
        raise ValueError(f"the markers of {name!r} stand {times} times, not once")
    return replaced


def settings_table() -> str:
    """Every setting with its default and its meaning."""
    rows = [
        (f"`HOLDFAST_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return table(("setting", "default", "meaning"), rows)


def errors_table() -> str:
    """Every error code with its title and what to do about it."""
    rows = [(f"`{entry.code}`", entry.title, entry.remedy) for entry in service.errors().items]
    return table(("code", "what it means", "what to do"), rows)


def capabilities_table() -> str:
    """Every scope, the routes that need it, and which roles have it."""
    rows = [
        (
            f"`{scope}`",
            *("yes" if scope in held else "" for held in CAPABILITIES.values()),
            ", ".join(sorted(f"{route.method} {route.path}" for route in routes if route.scope == scope)),
        )
        for scope in sorted(Scope)
    ]
    return table(("scope", *CAPABILITIES, "opens"), rows)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def snapshot() -> str:
    """The OpenAPI description as it is committed: sorted, one value a line, so that a change reads well."""
    return json.dumps(service.description(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _default(value: Any) -> str:
    if value is None or value == "" or value is PydanticUndefined:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "errors": errors_table,
    "capabilities": capabilities_table,
}

if __name__ == "__main__":
    sys.exit(main())
