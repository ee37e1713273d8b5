"""Runs are queued in the transaction that finalizes their package, with what was live then."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.operations.service.lifecycle import OUTBOX_GRACE_S
from holdfast.api.operations import OperationType
from holdfast.api.policy import POLICIES
from tests.support.hooks.rig import (
    HOOKS,
    Code,
    convention,
    finalized,
    perform,
    release,
    run_of,
    runs_of,
    work_all,
)
from tests.support.hooks.world import deploy_body, release_body
from tests.support.served import Served, answered, declared, deliver, dispatch, reconcile
from tests.support.wire import Fault, Killed, counting

GIB = 1024**3


def test_a_seal_queues_one_run_per_hook_as_operations(served: Served) -> None:
    convention(served, "one", "two")
    package_id = finalized(served)
    runs = runs_of(served, package_id)
    assert {(run["hook"], run["version"], run["status"]) for run in runs} == {
        ("one", 1, "pending"),
        ("two", 1, "pending"),
    }
    for run in runs:
        operation = served.operation(run["operation_id"])
        assert (operation["type"], operation["status"]) == ("hook.run", "queued")
        assert operation["subject"] == {"kind": "hook-run", "id": run["id"]}
        assert operation["id"].removeprefix("op_") == run["id"].removeprefix("run_")
    finalizing = next(event for event in served.chain(package_id) if event.action.endswith(":finalized"))
    assert finalizing.payload
    assert {told["id"] for told in finalizing.payload["hook_runs"]} == {run["id"] for run in runs}
    messages = [json.loads(body) for body in served.messages(HOOKS)]
    assert {message["operation_id"] for message in messages} == {run["operation_id"] for run in runs}


def test_24_hooks_are_queued_in_the_one_transaction_of_the_seal(served: Served) -> None:
    convention(served, *[f"hook-{number:02d}" for number in range(24)])
    package_id = served.create(convention="junit-run")
    served.upload(package_id, {"a": b"x"})
    with counting() as requests:
        answered(served.finalize(package_id))
    # one write finalizes the package; each message that was sent takes its outbox item away
    assert requests["TransactWriteItems"] == 1 + 24
    assert requests["SendMessage"] == 24
    assert len(runs_of(served, package_id)) == 24


def test_a_package_sealed_by_a_worker_queues_the_same(served: Served) -> None:
    convention(served)
    package_id = served.create(convention="junit-run")
    body = {"files": [declared(f"{number:04d}", b"x") for number in range(500)]}
    for page in range(5):
        files = [{**file, "path": f"{page}/{file['path']}"} for file in body["files"]]
        item = answered(served.api.post(f"/packages/{package_id}/uploads", {"files": files}))["items"][0]
    assert served.send(item, b"x") in {200, 412}
    queued = answered(served.finalize(package_id), 202)
    assert runs_of(served, package_id) == []
    assert deliver(*served.messages()) == []
    assert served.operation(queued["operation_id"])["outcome"] == "succeeded"
    assert [run["status"] for run in runs_of(served, package_id)] == ["pending"]
    assert served.operation(runs_of(served, package_id)[0]["operation_id"])["initiator"] == "ada"


def test_a_package_without_a_convention_runs_nothing(served: Served) -> None:
    package_id = served.finalized({"a": b"x"})["id"]
    assert runs_of(served, package_id) == []
    assert served.messages(HOOKS) == []


def test_sealing_again_queues_nothing_again(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    answered(served.finalize(package_id))
    assert len(runs_of(served, package_id)) == 1


def test_moving_the_pointer_while_20_runs_are_queued_changes_none_of_them(served: Served) -> None:
    convention(served)
    packages = [finalized(served) for _ in range(20)]
    second = release(served, config={"depth": 2})
    answered(served.api.request("PUT", "/hooks/one/live", body={"version": second["version"]}))
    code = work_all(served)
    assert [job.release.version for job in code.jobs] == [1] * 20
    runs = [run_of(served, package_id) for package_id in packages]
    assert {(run["version"], run["status"]) for run in runs} == {(1, "succeeded")}
    later = finalized(served)
    work_all(served)
    assert run_of(served, later)["version"] == 2


def test_a_convention_with_a_hook_that_is_not_live_is_refused_when_it_is_deployed(served: Served) -> None:
    answered(served.api.post("/hooks/one/releases", release_body(activate=False)), 201)
    refused = answered(served.api.post("/conventions", deploy_body("one")), 409)
    assert (refused["code"], refused["details"]["hooks"]) == ("HOOK_NOT_LIVE", ["one"])
    assert served.api.get("/conventions/junit-run").status == 404


def test_messages_that_a_crash_left_unsent_are_sent_by_the_dispatcher(served: Served) -> None:
    convention(served, "one", "two")
    package_id = served.create(convention="junit-run")
    served.upload(package_id, {"a": b"x"})
    fault = Fault(2, Killed, after=False)  # the first write finalizes the package
    with fault.active(), suppress(Killed):
        served.finalize(package_id)
    assert fault.fired
    assert served.messages(HOOKS) == []
    with clock.freeze(clock.now() + timedelta(seconds=OUTBOX_GRACE_S + 1)):
        dispatch()
    assert len(served.messages(HOOKS)) == 2


def test_a_queued_run_that_is_cancelled_has_failed_for_good(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    run = run_of(served, package_id)
    answered(served.api.post(f"/operations/{run['operation_id']}/cancel"))
    cancelled = run_of(served, package_id)
    assert (cancelled["status"], cancelled["code"]) == ("failed", "CANCELLED")
    assert (cancelled["started_at"], cancelled["log"]) == (None, None)
    assert work_all(served).jobs == []


def test_a_run_whose_operation_the_reconciler_closes_is_not_left_open(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    run = run_of(served, package_id)
    late = clock.now() + timedelta(seconds=POLICIES[OperationType.HOOK_RUN].queued_stale_after + 1)
    with clock.freeze(late):
        assert reconcile()["reconciled"] >= 1
    operation = served.operation(run["operation_id"])
    assert operation["reconciliation"]["reason_code"] == "run.stale_queued"
    closed = run_of(served, package_id)
    assert (closed["status"], closed["code"]) == ("failed", "run.stale_queued")


def test_the_operations_chain_tells_what_was_pinned_and_what_came_of_it(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    work_all(served)
    run = run_of(served, package_id)
    timeline = served.operation(run["operation_id"])["timeline"]
    assert [event["action"].rpartition(":")[2] for event in timeline] == ["queued", "started", "completed"]
    asked, told = timeline[0]["payload"]["context"], timeline[-1]["payload"]["hook_run"]
    assert (asked["hook"], asked["version"], asked["digest"]) == ("one", 1, run["digest"])
    assert (told["status"], told["row_count"], told["output_digest"]) == (
        "succeeded",
        2,
        run["output_digest"],
    )


@pytest.fixture
def three(served: Served) -> list[str]:
    """Packages with two runs each: of the tenants red, blue and of none; those of `two` are rejected."""
    convention(served, "one", "two")
    made = [finalized(served, subject={"tenant": name} if name else None) for name in ("red", "blue", None)]
    perform(*served.messages(HOOKS), code=Code())
    return made


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 6),
        ("?hook=one", 3),
        ("?hook=one&version=1", 3),
        ("?hook=one&version=2", 0),
        ("?version=1", 6),
        ("?status=succeeded", 6),
        ("?status=failed", 0),
        ("?hook=two&status=succeeded", 3),
    ],
)
def test_runs_are_listed_newest_first_by_what_is_asked(
    served: Served, three: list[str], query: str, count: int
) -> None:
    runs = served.pages(f"/hook-runs{query}", limit=2)
    assert len(runs) == count
    # by the moment and not by the id: of two ids of one millisecond either may be the greater
    moments = [run["created_at"] for run in runs]
    assert moments == sorted(moments, reverse=True)
    joint = "&" if query else "?"
    ours = served.pages(f"/hook-runs{query}{joint}package_id={three[0]}")
    assert sorted(run["id"] for run in ours) == sorted(
        run["id"] for run in runs if run["package_id"] == three[0]
    )
    milliseconds = [run["id"][: len("run_") + 10] for run in ours]
    assert milliseconds == sorted(milliseconds, reverse=True)


def seen(served: Served, tenants: tuple[str, ...]) -> Any:
    """The app, asked by a member who sees these tenants only."""
    return served.api.asked_by(served.token(role="viewer", tenants=tenants))


def test_runs_of_another_tenant_are_not_there(served: Served, three: list[str]) -> None:
    red = seen(served, ("red",))
    listed = answered(red.get("/hook-runs"))["items"]
    assert {run["package_id"] for run in listed} == {three[0], three[2]}
    hidden = runs_of(served, three[1])[0]["id"]
    assert red.get(f"/hook-runs/{hidden}").status == 404
    assert red.get(f"/packages/{three[1]}/hook-runs").status == 404
    assert red.get(f"/hook-runs?package_id={three[1]}").status == 404
    assert red.get(f"/hook-runs/{listed[0]['id']}").status == 200


@pytest.mark.usefixtures("three")
def test_runs_of_another_workspace_are_not_there(served: Served) -> None:
    stranger = served.api.asked_by(served.token_of("elsewhere"))
    run_id = served.pages("/hook-runs")[0]["id"]
    assert stranger.get(f"/hook-runs/{run_id}").status == 404
    assert stranger.get("/hook-runs").json["items"] == []


def test_an_operation_of_another_kind_is_no_run(served: Served) -> None:
    package_id = served.finalized({"a": b"x"})["id"]
    queued = answered(served.api.post(f"/packages/{package_id}/verify"), 202)
    run_id = queued["operation_id"].replace("op_", "run_")
    assert served.api.get(f"/hook-runs/{run_id}").status == 404
