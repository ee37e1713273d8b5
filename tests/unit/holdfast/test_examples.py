import hashlib
import shutil
from pathlib import Path

from examples.generate_large import generate
from holdfast.transfer.walk import walk

SAMPLE = Path(__file__).parents[3] / "examples" / "guide-board-cmis-run"


def test_the_sample_is_a_run_as_producers_leave_it() -> None:
    paths = [file.path for file in walk(SAMPLE).files]
    assert 40 <= len(paths) <= 60
    assert {Path(path).suffix for path in paths} >= {".json", ".xml", ".md", ".txt", ".log"}
    assert [path for path in paths if not path.isascii()]
    assert walk(SAMPLE).empty_directories == []


def test_the_large_file_is_the_same_on_every_machine(tmp_path: Path) -> None:
    run = shutil.copytree(SAMPLE, tmp_path / "run")
    body = generate(run, 2).read_bytes()
    assert len(body) == 2 * 1024 * 1024
    assert body[:32] == hashlib.sha256((0).to_bytes(8, "big")).digest()
    assert generate(run, 2).read_bytes() == body
