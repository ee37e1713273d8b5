import json

import pytest

from holdfast.api.operations import Outcome
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import make_ended, make_notice
from tests.unit.holdfast.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture(autouse=True)
def noticed(api: FakeApi) -> None:
    """Three runs that were asked for have ended."""
    ended = [make_ended(id="op_3"), make_ended(id="op_2", outcome=Outcome.FAILED), make_ended(id="op_1")]
    api.operations.notices = [make_notice(operation) for operation in ended]


def test_what_has_ended_is_listed_with_what_it_means(run: Run) -> None:
    rows = [line.split() for line in run("notifications").stdout.splitlines()[1:]]
    assert [row[2] for row in rows] == ["op_3", "op_2", "op_1"]
    assert rows[1][3:] == ["package.finalize", "failed", "Failed"]


def test_at_most_the_limit_is_listed(run: Run) -> None:
    told = json.loads(run("notifications", "--limit", "1", "--json").stdout)
    assert [notice["operation_id"] for notice in told["items"]] == ["op_3"]


def test_nothing_has_ended(api: FakeApi, run: Run) -> None:
    api.operations.notices = []
    ended = run("notifications", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)) == (0, {"items": []})
