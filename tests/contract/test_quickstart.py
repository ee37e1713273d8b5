"""The quickstart runs as it is written, on an embedded stack of its own.

The fenced `sh` blocks are run in their order, in one shell that stops at the first command that fails.
Each line of a `text` block must be in the output of the block before it, in the same order: `…` stands
for any text, and a space for any number of spaces.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.local.stack import PROJECT, Stack

PAGE = PROJECT / "docs" / "quickstart.md"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = "make run\n"
TIMEOUT_S = 240


class Step(NamedTuple):
    """The commands of one block, and the lines that they are to print."""

    commands: str
    expected: list[str]


def steps() -> list[Step]:
    """Every `sh` block of the page with the `text` block that follows it, if one does."""
    found: list[Step] = []
    for language, content in FENCED.findall(PAGE.read_text()):
        if language == "sh":
            found.append(Step(content, []))
        else:
            assert language == "text", f"a block of the page is neither sh nor text: {content}"
            found[-1].expected.extend(content.splitlines())
    return found


def script(commands: list[str]) -> str:
    """One script of all commands. A mark comes before the output of each block."""
    marked = [f"echo {mark(number)}\n{text}" for number, text in enumerate(commands)]
    return "\n".join(["set -euo pipefail", "exec 2>&1", *marked])


def mark(number: int) -> str:
    """The line that comes before the output of a block."""
    return f"--- block {number} ---"


def environment(folder: Path) -> dict[str, str]:
    """The environment of a newcomer: the program is installed, and nothing of Holdfast is set."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    return {**own, "PATH": path, "XDG_CONFIG_HOME": str(folder / "config")}


def run(commands: list[str], folder: Path) -> list[str]:
    """Run the commands in `folder` and return the output of each block; none may fail."""
    ended = subprocess.run(
        ["bash", "-c", script(commands)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return re.split(r"^--- block \d+ ---\n", ended.stdout, flags=re.MULTILINE)[1:]


def missing(expected: list[str], output: str) -> list[str]:
    """The expected lines that are not in the output, or not in this order."""
    lines, absent = iter(output.splitlines()), []
    for line in expected:
        shown = pattern(line)
        if not any(shown.search(printed) for printed in lines):
            absent.append(line)
            lines = iter(())
    return absent


def pattern(line: str) -> re.Pattern[str]:
    """The expression for a line of the page, from its first word on."""
    return re.compile(re.escape(line).replace("…", ".*").replace("\\ ", r"\s+"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the root of the repository to who follows the page."""
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    return tmp_path


def test_the_quickstart_runs_as_it_is_written(folder: Path) -> None:
    start, *rest = steps()
    assert start.commands == START
    with Stack(folder / ".holdfast") as stack:
        outputs = [stack.log.read_text(), *run([step.commands for step in rest], folder)]
    assert len(outputs) == len(rest) + 1
    absent = {
        step.commands: lines
        for step, output in zip([start, *rest], outputs, strict=True)
        if (lines := missing(step.expected, output))
    }
    assert absent == {}, "\n".join(outputs)


def test_the_quickstart_names_the_home_and_the_port_of_the_embedded_stack() -> None:
    text = PAGE.read_text()
    for name in ("HOLDFAST_HOME", "PORT", ".holdfast", "8000"):
        assert f"`{name}`" in text or f" {name}." in text


def test_a_line_of_the_page_is_looked_for_word_by_word() -> None:
    assert missing(["a … c", "d  e"], "x\na  b  c\nd e\n") == ["d  e"]
    assert missing(["a … c", "d e"], "x\na  b  c\nd   e\n") == []
    assert missing(["second", "first"], "first\nsecond\n") == ["first"]


def test_output_is_taken_from_its_own_block(tmp_path: Path) -> None:
    assert run(["echo one\n", "echo two >&2\n"], tmp_path) == ["one\n", "two\n"]
