"""What the code left is read without trust: links, pipes, sizes, and every line."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import canonical
from chalicelib.core.errors import Invalid
from chalicelib.hooks.models.output import MAX_ROWS, Output, Verdict
from chalicelib.hooks.service import outputs
from holdfast.api.columns import Column

NOTE = {"run_id": "run_1", "hook": "one", "version": 1, "digest": "d"}
CONTRACT = [Column.model_validate({"name": "n", "type": "number", "required": True})]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An output folder with a verdict and two rows."""
    made = tmp_path / "job" / "output"
    outputs.prepare(made, NOTE)
    (made / "result.json").write_text('{"status": "passed", "seconds": 3}')
    (made / "rows.ndjson").write_text('{"n": 1}\n{"n":  2.50}')
    return made


def check(folder: Path, contract: list[Column] = CONTRACT) -> Output:
    return outputs.check(folder, note=NOTE, contract=contract, step=lambda: None)


def refusal(folder: Path) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(folder)
    return caught.value


def test_the_digest_can_be_made_again_from_the_rows(folder: Path) -> None:
    rows: list[dict[str, Any]] = [{"n": 1}, {"n": 2.5}]
    again = hashlib.sha256(b"".join(canonical.encode(row) + b"\n" for row in rows)).hexdigest()
    output = check(folder)
    assert (output.digest, output.row_count) == (f"sha256:{again}", 2)
    assert output.result.status is Verdict.PASSED
    assert [json.loads(line) for line in outputs.lines(folder, contract=CONTRACT)] == rows


def test_no_file_of_rows_is_no_rows(folder: Path) -> None:
    (folder / "rows.ndjson").unlink()
    assert check(folder).row_count == 0


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"n": 42}\n')
    (folder / "rows.ndjson").unlink()
    (folder / "rows.ndjson").symlink_to(secret)
    assert refusal(folder).code == "HOOK_OUTPUT_BROKEN"


def test_a_folder_that_became_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    folder.rename(moved)
    folder.symlink_to(moved)
    assert refusal(folder).code == "HOOK_OUTPUT_BROKEN"


@pytest.mark.parametrize("name", ["rows.ndjson", "result.json", "run.json"])
def test_a_pipe_that_never_ends_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert refusal(folder).code == "HOOK_OUTPUT_BROKEN"


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "rows.ndjson").unlink()
    (folder / "rows.ndjson").mkdir()
    assert refusal(folder).code == "HOOK_OUTPUT_BROKEN"


def test_an_output_folder_that_is_gone_is_not_the_runs(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    assert refusal(folder).code == "RUN_NOTE_DIFFERS"


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"\xff", b"NaN", b'{"run_id": "run_2"}'])
def test_a_note_that_says_anything_else_is_refused(folder: Path, content: bytes) -> None:
    (folder / "run.json").write_bytes(content)
    assert refusal(folder).code == "RUN_NOTE_DIFFERS"


def test_more_rows_than_a_run_may_have_are_refused(folder: Path) -> None:
    (folder / "rows.ndjson").write_text('{"n":1}\n' * (MAX_ROWS + 1))
    found = refusal(folder)
    assert (found.code, "MAX_ROWS" in found.message) == ("HOOK_OUTPUT_BROKEN", True)


def test_the_work_says_that_it_goes_on(folder: Path) -> None:
    (folder / "rows.ndjson").write_text('{"n":1}\n' * 2500)
    steps: list[int] = []
    outputs.check(folder, note=NOTE, contract=CONTRACT, step=lambda: steps.append(1))
    assert len(steps) == 2


def test_a_result_that_breaks_a_rule_is_refused_in_words(folder: Path) -> None:
    (folder / "result.json").write_text('{"reason": 7}')
    refused = refusal(folder)
    assert refused.code == "HOOK_OUTPUT_BROKEN"
    assert "`status` in result.json is required" in refused.message
