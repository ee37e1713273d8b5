"""`holdfast retention …`, `hold …`, `sweep …` and `package delete`, against the service itself."""

import json
from datetime import timedelta

import pytest

from chalicelib.core import clock
from tests.support.fakes.api import FakeApi
from tests.support.fakes.forwarding import forward
from tests.support.served import Served
from tests.unit.holdfast.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def package_id(served: Served, api: FakeApi) -> str:
    """A finalized package of the service, to which the fake hands every request on."""
    api.interceptors.append(lambda request: forward(served.api, request))
    return str(served.finalized({"a": b"alpha"})["id"])


def test_a_promise_is_extended_and_shown(run: Run, package_id: str) -> None:
    ended = run("retention", "extend", package_id, "--days", "30", "--reason", "an audit")
    assert (ended.exit_code, "as raw-evidence" in ended.stdout) == (0, True)
    shown = json.loads(run("retention", "show", package_id, "--json").stdout)
    assert shown["expires_at"][:10] in ended.stdout
    assert "keep" in run("retention", "show", package_id).stdout.splitlines()[0]


def test_a_date_alone_is_the_beginning_of_its_day(run: Run, package_id: str) -> None:
    ended = run("retention", "extend", package_id, "--until", "2090-01-31", "--reason", "an audit")
    assert "kept until 2090-01-31 00:00:00 UTC" in ended.stdout
    assert run("retention", "extend", package_id, "--until", "soon", "--reason", "no").stderr.startswith(
        "INVALID_REQUEST: --until must be a date-time"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--class", "transient"], "RETENTION_SHORTENED"),
        (["--until", "2026-01-01T00:00:00Z"], "RETENTION_SHORTENED"),
        (["--days", "0"], "INVALID_REQUEST"),
        ([], "INVALID_REQUEST"),
        (["--days", "1", "--class", "release-evidence"], "INVALID_REQUEST"),
    ],
)
def test_a_promise_that_cannot_be_given_is_bad_input(
    run: Run, package_id: str, arguments: list[str], code: str
) -> None:
    ended = run("retention", "extend", package_id, *arguments, "--reason", "an audit")
    assert (ended.exit_code, ended.stderr.partition(":")[0]) == (2, code)


def test_the_explanation_tells_every_rule_and_what_keeps_it(run: Run, package_id: str) -> None:
    run("hold", "apply", package_id, "case-7", "--reason", "a dispute")
    shown = run("retention", "explain", package_id).stdout
    for word in ("sealed", "expired", "not_held", "store_releases", "NOT MET", "a dispute", package_id):
        assert word in shown


def test_holds_are_listed_and_released(run: Run, package_id: str) -> None:
    run("hold", "apply", package_id, "case-7", "--reason", "a dispute")
    listed = json.loads(run("hold", "list", package_id, "--json").stdout)["items"]
    assert [hold["name"] for hold in listed] == ["case-7"]
    assert "a dispute" in run("hold", "list", package_id).stdout
    assert run("hold", "release", package_id, "case-7", "--reason", "settled").exit_code == 0
    again = run("hold", "release", package_id, "case-7", "--reason", "settled")
    assert again.exit_code == 2
    assert again.stderr.startswith("HOLD_NOT_FOUND")


def test_classes_are_listed_and_changed(run: Run, package_id: str) -> None:
    assert package_id
    assert "2555 days" in run("retention", "classes").stdout
    changed = run("retention", "classes", "--set", "transient=never", "--reason", "a contract").stdout
    assert [line.split()[1:3] for line in changed.splitlines() if line.startswith("transient")] == [
        ["for", "ever"]
    ]
    assert run("retention", "classes", "--set", "transient=soon", "--reason", "a contract").exit_code == 2


def test_the_policy_is_shown_and_decided(run: Run, package_id: str) -> None:
    assert package_id
    assert run("retention", "policy").stdout == "the sweep deletes nothing\n"
    decided = run("retention", "policy", "--auto-delete", "--grace-days", "9", "--reason", "room")
    assert decided.stdout == "the sweep deletes packages that are eligible for 9 days\n"
    assert json.loads(run("retention", "policy", "--json").stdout)["auto_delete"] is True


def test_what_may_go_is_listed_swept_and_deleted(run: Run, package_id: str) -> None:
    refused = run("package", "delete", package_id, "--reason", "over")
    assert (refused.exit_code, refused.stderr.startswith("NOT_ELIGIBLE")) == (2, True)
    with clock.freeze(clock.now() + timedelta(days=91)):
        assert package_id in run("retention", "eligible").stdout
        dry = run("sweep", "retention", "--dry-run").stdout
        assert dry.startswith("1 package inspected, 1 to act on")
        assert run("sweep", "retention").stdout.startswith("op_")
        ended = run("package", "delete", package_id, "--reason", "over")
    assert ended.exit_code == 0
    assert "1 object proven absent" in ended.stdout
    assert json.loads(run("package", "show", package_id, "--json").stdout)["status"] == "deleted"
