"""`holdfast sweep integrity`, `package alarms` and what `package` shows, against the service itself."""

import json
from datetime import timedelta

import pytest
import typer

from chalicelib.core import clock
from holdfast.cli.sweep import parse_size
from tests.support.fakes.api import FakeApi
from tests.support.fakes.forwarding import forward
from tests.support.packages.damage import perform_sweeps, remove
from tests.support.served import Served
from tests.unit.holdfast.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def package_id(served: Served, api: FakeApi) -> str:
    """A finalized package of the service, to which the fake hands every request on."""
    api.interceptors.append(lambda request: forward(served.api, request))
    return str(served.finalized({"a": b"alpha", "b": b"beta"})["id"])


def test_damage_is_found_and_shown(run: Run, served: Served, package_id: str) -> None:
    ended = run("package", "alarms")
    assert (ended.exit_code, ended.stdout) == (0, "no alarms\n")
    remove(served, package_id, "a")
    asked = json.loads(run("sweep", "integrity", "--all", "--budget", "1MB", "--json").stdout)
    perform_sweeps(served)
    shown = run("ops", "show", asked["operation_id"]).stdout
    assert f"CORRUPT: {package_id}: 1 missing" in shown
    lines = dict(line.split(maxsplit=1) for line in run("package", "show", package_id).stdout.splitlines())
    assert (lines["integrity"], lines["verdicts"]) == ("corrupt", "1 ok, 1 missing")
    assert "last_verified_at" in lines
    assert "corrupt" in run("package", "list").stdout.splitlines()[1]
    ended = run("package", "alarms")
    assert (ended.exit_code, ended.stdout.splitlines()[1].split()[:2]) == (1, [package_id, "corrupt"])
    [alarm] = json.loads(run("package", "alarms", "--json").stdout)["items"]
    assert (alarm["package_id"], alarm["verdicts"]["missing"]) == (package_id, 1)


def test_a_dry_run_shows_what_is_due(run: Run, served: Served, package_id: str) -> None:
    assert run("sweep", "integrity", "--dry-run").stdout.startswith("0 packages")
    with clock.freeze(clock.now() + timedelta(days=31)):
        lines = run("sweep", "integrity", "--dry-run").stdout.splitlines()
    assert lines[0] == "1 package, 9 bytes would be checked"
    assert lines[2].split()[0] == package_id
    told = json.loads(run("sweep", "integrity", "--dry-run", "--all", "--budget", "1", "--json").stdout)
    assert (told["dry_run"], told["more"], len(told["packages"])) == (True, True, 1)
    assert served.messages("sweeps") == []


@pytest.mark.parametrize(
    ("text", "size"),
    [("7", 7), ("20GB", 20 * 10**9), ("512MiB", 512 * 2**20), ("1.5 kB", 1500), ("3 bytes", 3)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1", "1 XB", "1e9", "20 gigs"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_size(text)
