import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import commands, leaves
from tests.unit.holdfast.cli.conftest import Run

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
HEAVY = {"httpx", "pydantic", "rich", "jwt", "holdfast.client.client"}


@pytest.mark.parametrize("name", commands())
def test_the_help_is_what_was_reviewed(run: Run, name: str) -> None:
    # after a wanted change, run this file with UPDATE_SNAPSHOTS=1 and review the diff
    shown = run(*name.split()[1:], "--help").stdout
    snapshot = SNAPSHOTS / f"{name.replace(' ', '-')}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(shown)
    assert shown == snapshot.read_text()


def test_every_snapshot_is_of_a_command() -> None:
    names = {f"{name.replace(' ', '-')}.txt" for name in commands()}
    assert {path.name for path in SNAPSHOTS.iterdir()} == names


@pytest.mark.parametrize("name", leaves())
def test_every_command_has_an_example_that_it_takes(name: str) -> None:
    command = leaves()[name]
    found = re.fullmatch(r"Example: (holdfast [^|<]+).*", command.epilog)
    assert found, command.epilog
    words = shlex.split(found[1])
    assert words[: len(name.split())] == name.split()
    with command.make_context(name, words[len(name.split()) :]) as context:
        assert context.params


@pytest.mark.parametrize("name", leaves())
def test_every_command_prints_json(name: str) -> None:
    assert "--json" in [option for parameter in leaves()[name].params for option in parameter.opts]


def test_help_loads_nothing_heavy() -> None:
    script = "import sys; from holdfast.cli.main import app; app(['--help'])"
    code = (
        f"import sys, atexit; atexit.register(lambda: print(sorted(sys.modules), file=sys.stderr)); {script}"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'([^']+)'", ended.stderr))
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_the_version_is_told(run: Run) -> None:
    assert re.fullmatch(r"holdfast \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_the_shell(shell: str) -> None:
    environment = {**os.environ, "_HOLDFAST_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-c", "from holdfast.cli.main import app; app(prog_name='holdfast')"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "_HOLDFAST_COMPLETE" in ended.stdout


def test_without_a_word_the_help_is_shown() -> None:
    ended = subprocess.run([sys.executable, "-m", "holdfast"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("Usage: holdfast [OPTIONS] COMMAND [ARGS]...\n")


def test_a_wrong_word_names_the_help_that_tells_more(run: Run) -> None:
    assert run("package", "lost").stderr.endswith(
        "next: See the arguments and options: holdfast package --help\n"
    )
    assert run("package").stderr.startswith("INVALID_USAGE: Missing command.")
