import json
import stat
from pathlib import Path

import jwt
import pytest

from tests.support.fakes.api import TOKEN
from tests.support.stacks.notes import STACK_SECRET, make_stack
from tests.unit.holdfast.cli.conftest import Run


@pytest.fixture
def alone(service: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the fake, with nothing in the environment."""
    monkeypatch.delenv("HOLDFAST_URL")
    monkeypatch.delenv("HOLDFAST_TOKEN")
    return service


def test_login_keeps_what_later_commands_need(alone: str, run: Run, own_configuration: Path) -> None:
    ended = run("login", "--url", alone, "--workspace", "qa", input=f"{TOKEN}\n")
    assert ended.exit_code == 0
    assert TOKEN not in ended.output
    file = own_configuration / "holdfast" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("package", "list").exit_code == 0


def test_login_keeps_nothing_when_the_token_is_not_taken(
    alone: str, run: Run, own_configuration: Path
) -> None:
    ended = run("login", "--url", alone, input="wrong.secret.token\n")
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "UNAUTHENTICATED")
    assert "wrong.secret.token" not in ended.output
    assert not own_configuration.exists()


def test_a_profile_is_used_by_name(alone: str, run: Run) -> None:
    told = json.loads(run("login", "--url", alone, "--profile", "staging", "--json", input=TOKEN).stdout)
    assert told["profile"] == "staging"
    assert run("--profile", "staging", "package", "list").exit_code == 0
    assert run("package", "list").exit_code == 2


@pytest.mark.parametrize("arguments", [("--url", "h.test"), ()])
def test_login_needs_an_address(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("login", *arguments, input=TOKEN).exit_code == 2


def test_login_needs_a_token(run: Run) -> None:
    ended = run("login", "--url", "https://h.test", input="")
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "NO_TOKEN")


def test_a_local_token_is_printed_alone(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOLDFAST_HOME", str(make_stack(tmp_path)))
    ended = run("local", "token", "--sub", "dana", "--role", "manager", "--workspace", "qa")
    claims = jwt.decode(ended.stdout.strip(), STACK_SECRET, algorithms=["HS256"], audience="holdfast")
    assert (claims["sub"], claims["workspaces"]) == ("dana", {"qa": {"role": "manager", "tenants": ["*"]}})
    assert set(json.loads(run("local", "token", "--sub", "dana", "--json").stdout)) == {"token", "expires_at"}


def test_a_wrong_option_of_a_local_token_is_named_as_it_was_typed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOLDFAST_HOME", str(make_stack(tmp_path)))
    ended = run("local", "token", "--sub", "")
    assert ended.stderr == "INVALID_REQUEST: --sub must have at least 1 character.\n"


def test_without_a_stack_there_is_no_local_token(run: Run) -> None:
    ended = run("local", "token", "--sub", "dana")
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "NO_LOCAL_STACK")
    assert "make run" in ended.stderr
