"""The page of access patterns, from the lists in the docstrings of the stores."""

import ast
from pathlib import Path

from infra.documentation.markdown import ROOT

HEAD = "Access patterns:"

INTRODUCTION = """
# Access patterns

One DynamoDB table keeps everything. Each store module lists how it reads and writes the table; this page
collects those lists. A name such as `A#{seq}` is a sort key. `{namespace}` is the setting
`HOLDFAST_NAMESPACE`, and `{workspace}` is the workspace of the request.
"""


def text() -> str:
    """Return the page."""
    parts = [INTRODUCTION.strip(), *(_section(path) for path in stores())]
    return "\n\n".join(parts)


def stores() -> list[Path]:
    """Return every module of a store that keeps items: `store.py`, or a file of the folder `store`."""
    found = [*ROOT.glob("chalicelib/*/store.py"), *ROOT.glob("chalicelib/*/store/*.py")]
    return sorted(path for path in found if path.name != "__init__.py")


def patterns(path: Path) -> str:
    """Return the part of a store's docstring that lists its access patterns; nothing when it has none."""
    return _docstring(path).partition(HEAD)[2].strip("\n").partition("\n\n")[0]


def _section(path: Path) -> str:
    before, _, after = _docstring(path).partition(HEAD)
    rest = after.strip("\n").partition("\n\n")[2]
    prose = "\n\n".join(part.strip() for part in (before, rest) if part.strip())
    return f"## {path.relative_to(ROOT)}\n\n{prose}\n\n{patterns(path)}"


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text())) or ""
