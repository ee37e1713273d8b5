"""`make changelog`: gather the notes in `changes/` into CHANGELOG.md, under the version that is released.

A note is a file `short-name.kind.md` of one paragraph; `changes/README.md` says how one is written. Gathering
is a pure function of the changelog and the notes, so a note that does not fit stops it before a file changes.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from holdfast.api.version import VERSION

PROJECT = Path(__file__).parents[1]
KINDS = ("added", "changed", "fixed", "removed", "security")  # in the order of a section
NAME = re.compile(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md")


class BadNote(Exception):
    """A note cannot be gathered; `args` says which, and why."""


class Note(NamedTuple):
    """One change, as its file says it."""

    path: Path
    kind: str
    text: str


def main(arguments: Sequence[str] | None = None, *, project: Path = PROJECT) -> int:
    """Gather the notes, or with `--check` only read them; return 1 when one does not fit."""
    parser = argparse.ArgumentParser(description="Gather changes/ into CHANGELOG.md.")
    parser.add_argument("--check", action="store_true", help="read the notes, and change nothing")
    only_check = parser.parse_args(arguments).check
    try:
        notes = read(project / "changes")
        if not only_check:
            release(project / "CHANGELOG.md", notes, version=VERSION)
    except BadNote as problem:
        print(problem)
        return 1
    print(f"changes: {len(notes)} {'note' if len(notes) == 1 else 'notes'}")
    return 0


def read(folder: Path) -> list[Note]:
    """Return the notes of `folder`, by name. Raises `BadNote` at the first one that does not fit."""
    return [_note_file(path) for path in sorted(folder.iterdir()) if path.name != "README.md"]


def release(changelog: Path, notes: Sequence[Note], *, version: str) -> None:
    """Write `notes` into `changelog` under `version` and today's date, then remove their files.

    Raises `BadNote` when there is no note, or when the changelog has that version already.
    """
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    changelog.write_text(with_section(changelog.read_text(), notes, version=version, date=today))
    for note in notes:
        note.path.unlink()


def with_section(changelog: str, notes: Sequence[Note], *, version: str, date: str) -> str:
    """Return `changelog` with a section of `notes` above the sections that it has.

    Raises `BadNote` when there is no note, or when the changelog has that version already.
    """
    if f"\n## {version} " in changelog:
        raise BadNote(f"CHANGELOG.md has {version} already; raise VERSION in holdfast/api/version.py first.")
    lines_by_kind = {kind: [f"- {note.text}\n" for note in notes if note.kind == kind] for kind in KINDS}
    parts = [f"### {kind.capitalize()}\n\n{''.join(lines)}" for kind, lines in lines_by_kind.items() if lines]
    if not parts:
        raise BadNote("There is no note in changes/ to gather.")
    head, mark, older = changelog.partition("\n## ")
    section = f"\n## {version} ({date})\n\n" + "\n".join(parts)
    return f"{head.rstrip()}\n{section}{mark}{older}"


def _note_file(path: Path) -> Note:
    found = NAME.fullmatch(path.name)
    if not found:
        raise BadNote(f"changes/{path.name} is not named `short-name.kind.md`; a kind is {', '.join(KINDS)}.")
    text = path.read_text().strip()
    if not text or "\n\n" in text:
        raise BadNote(f"changes/{path.name} must hold one paragraph.")
    return Note(path, found[1], " ".join(text.split()))


if __name__ == "__main__":
    sys.exit(main())
