"""`holdfast member …`: who belongs to the workspace, and as what."""

import json

import pytest

from holdfast.api.auth import Role
from tests.support.fakes.api import FakeApi
from tests.unit.holdfast.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture(autouse=True)
def three(api: FakeApi) -> None:
    """An owner, an operator of one tenant, and whoever asks."""
    api.members.have("ada", Role.OWNER, "*")
    api.members.have("grace", Role.OPERATOR, "red", "blue")
    api.members.have("dana")


def test_list_tells_who_is_what(run: Run) -> None:
    rows = [line.split() for line in run("member", "list").stdout.splitlines()[1:]]
    assert rows[0] == ["ada", "owner", "*", "2026-03-14", "ada"]
    assert rows[1][:4] == ["grace", "operator", "red", "blue"]
    told = json.loads(run("member", "list", "--json").stdout)
    assert [member["user_id"] for member in told["items"]] == ["ada", "grace", "dana"]


def test_add_makes_a_viewer_without_a_tenant_unless_told_otherwise(run: Run) -> None:
    told = json.loads(run("member", "add", "linus", "--json").stdout)
    assert (told["role"], told["tenants"]) == ("viewer", [])
    shown = run("member", "add", "eve", "--role", "manager", "--tenant", "red", "--tenant", "blue").stdout
    assert [line.split()[1:] for line in shown.splitlines()] == [["eve"], ["manager"], ["red", "blue"]]


def test_role_changes_what_it_names(api: FakeApi, run: Run) -> None:
    assert "manager" in run("member", "role", "grace", "manager").stdout
    assert api.members.members["grace"].tenants == ["red", "blue"]
    run("member", "role", "grace", "--tenant", "*")
    assert (api.members.members["grace"].role, api.members.members["grace"].tenants) == ("manager", ["*"])
    told = json.loads(run("member", "role", "grace", "viewer", "--no-tenants", "--json").stdout)
    assert (told["role"], told["tenants"]) == ("viewer", [])


def test_remove_and_leave_say_that_it_is_so(api: FakeApi, run: Run) -> None:
    assert run("member", "remove", "grace").stdout == "grace is no longer a member\n"
    assert run("member", "leave").stdout == "you are no longer a member\n"
    assert list(api.members.members) == ["ada"]
    api.members.have("grace")
    assert json.loads(run("member", "remove", "grace", "--json").stdout) == {"removed": "grace"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["remove", "ada"], "LAST_OWNER"),
        (["remove", "nobody"], "NOT_FOUND"),
        (["add", "grace"], "MEMBER_EXISTS"),
        (["add", "a b"], "INVALID_REQUEST: USER must have 1 to 200 letters"),
        (
            ["add", "eve", "--tenant", "a", "--tenant", "B"],
            "INVALID_REQUEST: --tenant must have only lower-case",
        ),
        (["role", "grace", "king"], "INVALID_REQUEST: ROLE must be 'viewer'"),
        (["role", "grace", "viewer", "--tenant", "red", "--no-tenants"], "CONTRADICTION"),
        (["role", "grace"], "NOTHING_TO_CHANGE"),
    ],
)
def test_what_cannot_be_is_refused_with_2(run: Run, words: list[str], code: str) -> None:
    ended = run("member", *words)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(code)
