"""A folder is zipped so that the same sources give the same digest, wherever and whenever."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from holdfast.api.bundles import MAX_BUNDLE_BYTES
from holdfast.errors import HoldfastError, InputError, LocalError
from holdfast.transfer.hook_folders import read_hook

YAML = """
name: junit-summary
feature: suites
contract: [{name: suite, type: string, required: true}]
config: {depth: 2}
"""
SOURCES = {"main.py": b"print()\n", "lib/a.py": b"A = 1\n", "lib/b.py": b"B = 2\n"}
# of exactly these sources; another one means that what was released before is a new release everywhere
DIGEST = "58ce9e729eedd7da4ed7df541350836e6ff5208b42ea3fa147a57d33d83e047e"


def make_hook(folder: Path, *, yaml: str = YAML, sources: dict[str, bytes] = SOURCES) -> Path:
    for path, content in sources.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    folder.mkdir(exist_ok=True)
    (folder / "hook.yaml").write_text(yaml)
    return folder


def names(content: bytes | None) -> list[str]:
    assert content is not None
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_a_folder_is_a_hook_with_its_sources(tmp_path: Path) -> None:
    hook = read_hook(make_hook(tmp_path / "any"))
    assert hook.name == "junit-summary"
    assert hook.release["config"] == {"depth": 2}
    assert names(hook.bundle) == ["lib/a.py", "lib/b.py", "main.py"]


def test_the_digest_is_that_of_these_sources_on_every_machine(tmp_path: Path) -> None:
    assert read_hook(make_hook(tmp_path / "any")).digest == DIGEST


def test_order_and_dates_on_the_disk_make_no_difference(tmp_path: Path) -> None:
    first = make_hook(tmp_path / "first")
    second = make_hook(tmp_path / "second", sources=dict(reversed(SOURCES.items())))
    os.utime(second / "main.py", (1, 1))
    assert read_hook(first).bundle == read_hook(second).bundle


def test_what_is_not_source_makes_no_difference(tmp_path: Path) -> None:
    folder = make_hook(tmp_path / "any")
    before = read_hook(folder).bundle
    leavings = {
        ".git/config": b"x",
        "lib/__pycache__/a.cpython-311.pyc": b"x",
        ".DS_Store": b"x",
        "b.pyc": b"x",
    }
    make_hook(folder, yaml=YAML.replace("2", "3"), sources=leavings)
    assert read_hook(folder).bundle == before


@pytest.mark.parametrize("path", ["main.py", "lib/c.py"])
def test_another_source_is_another_digest(tmp_path: Path, path: str) -> None:
    folder = make_hook(tmp_path / "any")
    before = read_hook(folder).digest
    make_hook(folder, sources={path: b"other"})
    assert read_hook(folder).digest != before


def test_a_program_stays_one(tmp_path: Path) -> None:
    folder = make_hook(tmp_path / "any")
    (folder / "main.py").chmod(0o700)
    archive = zipfile.ZipFile(io.BytesIO(read_hook(folder).bundle or b""))
    modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert modes == {"main.py": 0o755, "lib/a.py": 0o644, "lib/b.py": 0o644}


def test_without_a_name_the_folder_s_own_is_taken(tmp_path: Path) -> None:
    folder = make_hook(tmp_path / "sbom-inventory", yaml=YAML.replace("name: junit-summary", ""))
    assert read_hook(folder).name == "sbom-inventory"


def test_a_function_has_no_bundle(tmp_path: Path) -> None:
    hook = read_hook(make_hook(tmp_path / "any", yaml=f"{YAML}\nruntime: lambda\ndigest: abc\n", sources={}))
    assert (hook.bundle, hook.release["digest"]) == (None, "abc")


@pytest.mark.parametrize(
    ("yaml", "word"),
    [
        ("a: [", "is not valid YAML"),
        ("- a", "must have a mapping"),
        ("1: a", "must have a mapping"),
        (f"{YAML}\ndigest: abc\n", "must be left out"),
        ("name: 1", "must be a text"),
        ("!!python/object/apply:os.system [true]", "is not valid YAML"),
    ],
)
def test_a_description_that_is_none_is_refused(tmp_path: Path, yaml: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        read_hook(make_hook(tmp_path / "any", yaml=yaml))


def test_a_folder_without_a_description_or_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"hook\.yaml cannot be read"):
        read_hook(tmp_path)
    with pytest.raises(InputError, match="no source"):
        read_hook(make_hook(tmp_path / "any", sources={}))


def test_a_link_is_refused(tmp_path: Path) -> None:
    folder = make_hook(tmp_path / "any")
    (folder / "secret").symlink_to("/etc/passwd")
    with pytest.raises(HoldfastError, match="secret is not a regular file"):
        read_hook(folder)


def test_too_many_bytes_are_refused_by_the_name_of_the_limit(tmp_path: Path) -> None:
    folder = make_hook(tmp_path / "any")
    with (folder / "large.bin").open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    with pytest.raises(InputError, match="MAX_BUNDLE_BYTES"):
        read_hook(folder)
