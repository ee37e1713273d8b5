"""Every document that the repository names is in it, and every link of a document leads somewhere."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.documentation.markdown import ROOT, anchor

REFERENCE = ROOT / "docs/reference"
GENERATOR = ROOT / "infra/documentation"
SAMPLE = ROOT / "examples/guide-board-cmis-run"
RELEASE = ROOT / "examples/software-release"
URL = re.compile(r"\w+://\S+")
NAMED = re.compile(r"(?<![\w./{}-])[\w./-]*\w\.md\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)

# no documents of the repository: files of a package that a test or the quickstart makes, and a placeholder
MADE_UP = {"a.b/notes.md", "a.md", "restored/install.md", "docs/concepts/PAGE.md"}
# a note on one change, which is gone when it is gathered into the changelog
CHANGE = re.compile(r"(?:changes/)?[\w-]+\.[a-z]+\.md")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file that git keeps, but the evidence of the sample run."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    found = [ROOT / name for name in listed.decode().split("\0") if name]
    return tuple(path for path in found if path.is_file() and not path.is_relative_to(SAMPLE))


@cache
def text_of(path: Path) -> str:
    """Return the text of a file; nothing when it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def documents() -> list[Path]:
    """Return every Markdown document of the repository."""
    return [path for path in tracked() if path.suffix == ".md"]


def is_document(name: str) -> bool:
    """Return whether a name is meant as that of a document of the repository."""
    return name not in MADE_UP and not CHANGE.fullmatch(name)


def named() -> Iterator[tuple[Path, str]]:
    """Yield each name of a document in a tracked file, with the file."""
    for path in tracked():
        names = dict.fromkeys(NAMED.findall(URL.sub("", text_of(path))))
        yield from ((path, name) for name in names if is_document(name))


def bases(path: Path) -> list[Path]:
    """Return the folders that a name in a file may start from."""
    # the modules that write the reference hold the text of its pages: links there start from docs/reference
    written = [REFERENCE] if path.is_relative_to(GENERATOR) else []
    return [ROOT, path.parent, ROOT / "docs", SAMPLE, RELEASE, *written]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings; of equal ones the second has `-1` behind it."""
    found: list[str] = []
    for heading in HEADING.findall(FENCE.sub("", text_of(path))):
        made = anchor(LINK.sub(lambda link: link[0][1 : link[0].index("]")], heading))
        times = sum(1 for other in found if re.fullmatch(rf"{re.escape(made)}(-\d+)?", other))
        found.append(f"{made}-{times}" if times else made)
    return set(found)


def broken(path: Path) -> list[str]:
    """Return the relative links of a document that lead nowhere."""
    links = LINK.findall(FENCE.sub("", text_of(path)))
    return [link for link in links if not re.match(r"\w+:", link) and not leads(path, link)]


def leads(path: Path, link: str) -> bool:
    """Return whether a relative link of a document has a file, and its anchor a heading."""
    file, _, fragment = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not fragment or (target.suffix == ".md" and fragment in anchors(target))


def test_every_document_that_a_file_names_is_in_the_repository() -> None:
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in named()
        if not any((base / name).is_file() for base in bases(path)) and name not in MADE_UP
    ]
    assert missing == []


def test_every_page_of_docs_that_a_file_names_is_there_from_the_root() -> None:
    paths = {name for _, name in named() if name.startswith("docs/")}
    assert len(paths) > 10  # the walk finds them
    assert sorted(name for name in paths if not (ROOT / name).is_file()) == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_of_a_document_leads_somewhere(path: Path) -> None:
    assert broken(path) == []


@pytest.mark.parametrize(
    "link", ["README.md", "README.md#holdfast", "docs/reference/errors.md#codes-of-the-api"]
)
def test_a_link_to_what_is_there_leads_somewhere(link: str) -> None:
    assert leads(ROOT / "README.md", link)


@pytest.mark.parametrize(
    "link", ["missing.html", "README.md#no-such-heading", "../elsewhere", "#no-such-heading"]
)
def test_a_link_to_what_is_not_there_leads_nowhere(link: str) -> None:
    assert not leads(ROOT / "README.md", link)


def test_a_heading_in_a_block_of_code_is_no_anchor(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("# One\n\n```\n# Two\n```\n\n## One\n\n### `three` and [four](five)\n")
    assert anchors(page) == {"one", "one-1", "three-and-four"}
