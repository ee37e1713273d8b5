"""Change notes are gathered into the changelog once, in order, and a note that does not fit stops that."""

from pathlib import Path

import pytest

from holdfast.api.version import VERSION
from infra.changes import BadNote, main, read, with_section

HEAD = "# Changelog\n\nThe newest first.\n"


def make_project(folder: Path, notes: dict[str, str], *, changelog: str = HEAD) -> Path:
    (folder / "changes").mkdir()
    (folder / "changes" / "README.md").write_text("How a note is written.\n")
    (folder / "CHANGELOG.md").write_text(changelog)
    for name, text in notes.items():
        (folder / "changes" / name).write_text(text)
    return folder


def gathered(project: Path, *, version: str = "2.0.0") -> str:
    changelog = (project / "CHANGELOG.md").read_text()
    return with_section(changelog, read(project / "changes"), version=version, date="2026-03-14")


def test_a_section_has_its_notes_by_kind_and_by_name(tmp_path: Path) -> None:
    notes = {"b.fixed.md": "B is fixed.\n", "z.added.md": "Z is new.\n", "a.fixed.md": "A is\nfixed.\n"}
    assert gathered(make_project(tmp_path, notes)) == (
        f"{HEAD}\n## 2.0.0 (2026-03-14)\n\n"
        "### Added\n\n- Z is new.\n\n### Fixed\n\n- A is fixed.\n- B is fixed.\n"
    )


def test_a_newer_section_stands_above_the_older_ones(tmp_path: Path) -> None:
    older = "\n## 1.0.0 (2026-01-01)\n\n### Added\n\n- Everything.\n"
    made = gathered(make_project(tmp_path, {"a.added.md": "A is new."}, changelog=HEAD + older))
    assert made.endswith(f"- A is new.\n{older}")


def test_gathering_moves_the_notes_into_the_changelog(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"a.added.md": "A is new."})
    assert main([], project=project) == 0
    assert f"## {VERSION} (" in (project / "CHANGELOG.md").read_text()
    assert [path.name for path in (project / "changes").iterdir()] == ["README.md"]


def test_a_check_changes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"a.added.md": "A is new."})
    assert main(["--check"], project=project) == 0
    assert (project / "CHANGELOG.md").read_text() == HEAD
    assert (project / "changes" / "a.added.md").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "No kind."),
        ("a.broken.md", "An unknown kind."),
        ("a.added.md", "\n"),
        ("a.added.md", "1\n\n2"),
    ],
)
def test_a_note_that_does_not_fit_is_named_and_nothing_is_gathered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    project = make_project(tmp_path, {"0.added.md": "Fits.", name: text})
    assert main([], project=project) == 1
    assert f"changes/{name}" in capsys.readouterr().out
    assert (project / "CHANGELOG.md").read_text() == HEAD


def test_a_version_is_gathered_once(tmp_path: Path) -> None:
    project = make_project(
        tmp_path, {"a.added.md": "A is new."}, changelog=f"{HEAD}\n## 2.0.0 (2026-01-01)\n"
    )
    with pytest.raises(BadNote, match="already"):
        gathered(project)


def test_a_section_without_a_note_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadNote, match="no note"):
        gathered(make_project(tmp_path, {}))
