"""POST /operations/reconcile: a sweep by hand, over what the asker may see."""

from typing import Any

import pytest

from holdfast.api.operations import OperationType
from tests.support.api import Api
from tests.support.factories import make_member_token
from tests.support.operations.stages import current, overdue, queued, running, silent
from tests.support.problems import assert_problem
from tests.support.served import answered
from tests.support.wire import listening

FINALIZE, VERIFY = OperationType.PACKAGE_FINALIZE, OperationType.PACKAGE_VERIFY
NOTHING = {"inspected": 0, "reconciled": 0, "redispatched": 0, "skipped": 0, "changes": []}


def sweep(api: Api, **body: Any) -> dict[str, Any]:
    """What a sweep answers."""
    found: dict[str, Any] = answered(api.post("/operations/reconcile", body))
    return found


def test_a_sweep_ends_what_never_started_and_gives_out_again_what_fell_silent(api: Api) -> None:
    stuck, fallen, living = overdue("pkg_1"), silent("pkg_2").operation, running("pkg_3").operation
    found = sweep(api)
    counts = [found[name] for name in ("inspected", "reconciled", "redispatched", "skipped")]
    assert counts == [2, 1, 1, 0]
    assert {
        change["operation_id"]: (change["change"], change["reason_code"]) for change in found["changes"]
    } == {
        stuck.id: ("close", "run.stale_queued"),
        fallen.id: ("redispatch", None),
    }
    assert not current(stuck).active
    assert current(fallen).redispatched_attempt == 1
    assert current(living) == living


def test_there_is_nothing_to_sweep_twice(api: Api) -> None:
    overdue()
    assert sweep(api)["reconciled"] == 1
    assert sweep(api) == {"dry_run": False, **NOTHING}


def test_a_dry_run_says_what_a_sweep_would_do_and_does_nothing(api: Api) -> None:
    before = [overdue("pkg_1"), silent("pkg_2").operation, queued("pkg_3")]
    said = sweep(api, dry_run=True)
    assert (said["dry_run"], said["reconciled"], said["redispatched"]) == (True, 1, 1)
    assert [current(run) for run in before] == before
    done = sweep(api)
    changed = [
        [(change["operation_id"], change["change"]) for change in found["changes"]] for found in (said, done)
    ]
    assert changed[0] == changed[1]


@pytest.mark.parametrize(
    ("types", "swept"),
    [
        ([], {FINALIZE, VERIFY}),
        ([VERIFY], {VERIFY}),
        ([FINALIZE], {FINALIZE}),
        ([FINALIZE, VERIFY], {FINALIZE, VERIFY}),
    ],
)
def test_a_sweep_of_some_types_leaves_the_others_alone(
    api: Api, types: list[OperationType], swept: set[OperationType]
) -> None:
    runs = [overdue(kind=kind) for kind in (FINALIZE, VERIFY)]
    assert {change["type"] for change in sweep(api, types=types)["changes"]} == swept
    assert {run.type for run in runs if not current(run).active} == swept


def test_a_type_that_is_named_often_is_compared_once(api: Api) -> None:
    """DynamoDB compares with at most a hundred values at once."""
    run = overdue()
    compared: list[int] = []

    def count_values(params: dict[str, Any], **_: Any) -> None:
        compared.append(len(params["ExpressionAttributeValues"]))

    with listening("before-parameter-build.dynamodb.Query", count_values):
        assert sweep(api, types=[run.type] * 500)["reconciled"] == 1
    assert compared
    assert max(compared) < 10


def test_a_sweep_does_no_more_than_its_limit_and_the_next_goes_on(api: Api) -> None:
    for number in range(5):
        overdue(f"pkg_{number}")
    assert [sweep(api, limit=2)["inspected"] for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "many"},
        {"types": ["package.lost"]},
        {"types": "package.verify"},
        {"dry_run": "no"},
        {"dry_run": 1},
        {"workspace": "acme"},
    ],
    ids=str,
)
def test_a_sweep_that_breaks_a_rule_is_refused_and_nothing_is_swept(api: Api, body: dict[str, Any]) -> None:
    run = overdue()
    answer = api.post("/operations/reconcile", body)
    assert answer.status == 422
    assert_problem(answer.json, status=422)
    assert current(run) == run


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("body", [{}, {"dry_run": True}])
def test_only_who_manages_operations_sweeps_even_dryly(api: Api, role: str, body: dict[str, Any]) -> None:
    run = overdue()
    answer = api.asked_by(make_member_token(role)).post("/operations/reconcile", body)
    assert answer.status == 403
    assert answer.json["details"] == {"scope": "operations:manage"}
    assert current(run) == run


def test_a_sweep_neither_touches_nor_names_runs_of_tenants_that_are_not_the_askers(api: Api) -> None:
    hidden, seen = overdue("pkg_1", tenant="red"), overdue("pkg_2", tenant="blue")
    manager = api.asked_by(make_member_token("manager", tenants=("blue",)))
    found = sweep(manager)
    assert (found["inspected"], [change["operation_id"] for change in found["changes"]]) == (1, [seen.id])
    assert current(hidden) == hidden


def test_hidden_runs_do_not_use_up_the_limit_of_a_sweep(api: Api) -> None:
    for number in range(20):
        overdue(f"pkg_{number}", tenant="red")
    seen = overdue("pkg_seen", tenant="blue")
    manager = api.asked_by(make_member_token("manager", tenants=("blue",)))
    assert sweep(manager, limit=1)["inspected"] == 1
    assert not current(seen).active


def test_a_sweep_by_hand_stays_in_its_workspace(api: Api) -> None:
    there = overdue(workspace="globex")
    assert sweep(api) == {"dry_run": False, **NOTHING}
    assert current(there) == there


def test_a_run_that_was_given_back_just_now_waits_for_its_next_worker(api: Api) -> None:
    silent().give_back()
    assert sweep(api) == {"dry_run": False, **NOTHING}
