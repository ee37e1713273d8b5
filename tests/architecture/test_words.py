"""Names are the field's own: no private word of the first version is left (docs/development/style.md)."""

import ast
import re

import pytest

from tests.support.sources import EVERYTHING, ROOT, python_files, shown, tree

# what was renamed, as the name of a file, module, class or function
OLD_NAMES = frozenset(
    {
        "walls",
        "fences",
        "calls",
        "descendants",
        "leavings",
        "supervision",
        "unpacking",
        "rotation",
        "verdicts",
        "seals",
        "work",
        "Order",
        "Loaded",
        "Opened",
        "Contents",
        "Whole",
        "explanation",
        "presentation",
        "adapter",
        "canary",
        "attacks",
        "json_schema_apart",
        "answering",
        "otherwise",
        "told",
        "note",
        "tell",
        "DEAR",
        "asked",
        "claimed",
        "grown",
        "judged",
        "seal",
        "mend",
    }
)
# the SDK's call stays: its users write it
PUBLIC = {("holdfast/client/packages.py", "verdicts")}
# what readers whose first language is another one look up in vain
PROSE = re.compile(
    r"\b(seal(s|ed|ing)?|mend(s|ed|ing)?|(give|gives|gave|given|giving) up|hand(s|ed|ing)? over|for good)\b",
    re.IGNORECASE,
)
# the table of words itself, and the name of a rule that the API has
EXEMPT = {"docs/development/style.md", "tests/architecture/test_words.py"}
API_WORD = re.compile(r"""["'`]sealed["'`]""")


def test_no_old_word_is_the_name_of_a_file_or_folder() -> None:
    names = {
        part for path in python_files(*EVERYTHING) for part in path.relative_to(ROOT).with_suffix("").parts
    }
    assert names & OLD_NAMES == set()


def test_no_old_word_is_the_name_of_a_class_or_function() -> None:
    left = [
        f"{shown(path, node.lineno)} {node.name}"
        for path in python_files(*EVERYTHING)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if node.name.strip("_") in OLD_NAMES
        if (str(path.relative_to(ROOT)), node.name) not in PUBLIC
    ]
    assert left == []


@pytest.mark.parametrize("part", ["app.py", "chalicelib", "holdfast", "infra", "examples", "docs", "tests"])
def test_prose_has_none_of_the_words_that_readers_look_up_in_vain(part: str) -> None:
    root = ROOT / part
    files = (
        [root] if root.is_file() else [path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES]
    )
    left = [
        f"{shown(path, number)}: {found[0]}"
        for path in files
        if str(path.relative_to(ROOT)) not in EXEMPT
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for found in [PROSE.search(API_WORD.sub("", line))]
        if found
    ]
    assert left == []


SUFFIXES = {".py", ".md", ".txt", ".json", ".yaml"}
