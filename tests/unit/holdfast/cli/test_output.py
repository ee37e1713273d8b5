import json

import pytest

from holdfast.cli.output import emit_fields, emit_json, emit_table, human_bytes, plain


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (262_144_000, "262.1 MB"), (5e13, "50.0 TB")],
)
def test_sizes_are_said_by_thousands(size: int, said: str) -> None:
    assert human_bytes(size) == said


def test_json_is_sorted_compact_and_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"b": 1, "a": "é"})
    assert capsys.readouterr().out == '{"a":"\\u00e9","b":1}\n'
    assert json.loads('{"a":"\\u00e9"}') == {"a": "é"}


def test_a_table_cuts_nothing_off_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    emit_table(["path", "size"], [["x" * 300, "1"], ["[red]y", "2"]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].split() == ["x" * 300, "1"]
    assert lines[2].split() == ["[red]y", "2"]


PACKAGE = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"


def test_a_narrow_terminal_wraps_sentences_and_breaks_no_id(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the promise ends when the audit of this year is over and nobody objects"
    emit_table(["package", "why", "ended"], [[PACKAGE, why, "2027-02-19"]], width=80)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith(PACKAGE)
    assert lines[1].endswith("2027-02-19")
    assert len(lines) > 2


def test_what_does_not_fit_beside_each_other_stands_below_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = ["package", "digest", "name", ""]
    emit_table(columns, [[PACKAGE, f"sha256:{'a' * 50}", "a run", "met"], [PACKAGE, "", "b", ""]], width=80)
    assert capsys.readouterr().out.splitlines() == [
        PACKAGE,
        f"  digest sha256:{'a' * 50}; name a run;",
        "  met",
        PACKAGE,
        "  name b",
    ]


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    emit_fields([("id", "pkg_1"), ("failure", None), ("file_count", 0)])
    assert capsys.readouterr().out == "id          pkg_1\nfile_count  0\n"


def test_control_characters_are_shown_as_such() -> None:
    assert (
        plain("a\x1b\n\x07é")
        == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}é"
    )
