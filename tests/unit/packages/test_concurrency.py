"""Sixteen clients at once on one package: one truth, nothing lost, a chain without a gap."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.packages.service import packages
from tests.support.api import Answer
from tests.support.factories import make_actor, make_create
from tests.support.served import Served, answered, declared, deliver

THREADS = 16
PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
GIB = 1024**3

T = TypeVar("T")


@pytest.fixture(params=range(2), ids=lambda number: f"round {number}")
def package_id(served: Served) -> str:
    """A package of the round's own."""
    return served.create()


def at_once(act: Callable[[int], T]) -> list[T]:
    """What `act` gives in each of sixteen threads that start together; each is told its number."""
    together = Barrier(THREADS)

    def run(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def counted(answers: list[Answer]) -> Counter[tuple[int, str | None]]:
    """How often each status and code was answered."""
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


def one_truth(served: Served, package_id: str) -> dict[str, dict[str, Any]]:
    """The files of a package, whose counters agree with its pages and whose chain has no gap."""
    package, files = served.show(package_id), served.files(package_id)
    assert package["file_count"] == len(files)
    assert package["total_bytes"] == sum(file["size"] for file in files.values())
    assert first_bad(served.chain(package_id)) is None
    return files


def test_of_plans_of_the_same_paths_with_other_content_one_is_applied(
    served: Served, package_id: str
) -> None:
    def plan(number: int) -> Answer:
        return served.plan(package_id, {f"{path}": b"%d-%d" % (number, path) for path in range(5)})

    answers = at_once(plan)
    assert counted(answers) == {(200, None): 1, (409, "DUPLICATE_PATH"): THREADS - 1}
    winner = next(number for number, answer in enumerate(answers) if answer.status == 200)
    files = one_truth(served, package_id)
    expected = {f"{path}": declared("", b"%d-%d" % (winner, path))["sha256"] for path in range(5)}
    assert {path: file["sha256"] for path, file in files.items()} == expected


def test_of_plans_that_overlap_in_one_path_one_is_applied_and_none_in_part(
    served: Served, package_id: str
) -> None:
    def plan(number: int) -> Answer:
        return served.plan(package_id, {"shared": b"%d" % number, f"own/{number}": b"x"})

    answers = at_once(plan)
    assert counted(answers) == {(200, None): 1, (409, "DUPLICATE_PATH"): THREADS - 1}
    winner = next(number for number, answer in enumerate(answers) if answer.status == 200)
    assert set(one_truth(served, package_id)) == {"shared", f"own/{winner}"}


def test_plans_of_the_same_content_are_all_answered_and_counted_once(served: Served, package_id: str) -> None:
    answers = at_once(lambda _: served.plan(package_id, {"a": b"alpha", "b": b"beta"}))
    assert counted(answers) == {(200, None): THREADS}
    assert set(one_truth(served, package_id)) == {"a", "b"}
    assert len(served.chain(package_id)) == 3


def test_of_plans_of_other_paths_nothing_is_lost(served: Served, package_id: str) -> None:
    def plan(number: int) -> Answer:
        return served.plan(package_id, {f"{number}/{path}": b"x" * number for path in range(10)})

    assert counted(at_once(plan)) == {(200, None): THREADS}
    files = one_truth(served, package_id)
    assert set(files) == {f"{number}/{path}" for number in range(THREADS) for path in range(10)}
    assert len(served.chain(package_id)) == 2 + THREADS


def test_of_replacements_at_once_the_last_holds_and_the_counters_agree(
    served: Served, package_id: str
) -> None:
    answered(served.plan(package_id, {"a": b"first", "b": b"stays"}))
    answers = at_once(lambda number: served.plan(package_id, {"a": b"x" * (number + 10)}, replace=True))
    assert counted(answers) == {(200, None): THREADS}
    files = one_truth(served, package_id)
    assert set(files) == {"a", "b"}
    assert files["a"]["size"] in range(10, 10 + THREADS)


def test_finalizing_at_once_seals_once_and_answers_all_alike(served: Served, package_id: str) -> None:
    served.upload(package_id, {"a": b"alpha", "b": b"beta"})
    answers = at_once(lambda _: served.finalize(package_id))
    assert counted(answers) == {(200, None): THREADS}
    assert len({answer.body for answer in answers}) == 1
    events = [event.action for event in served.chain(package_id)]
    assert events.count("packages:package:finalized") == 1
    one_truth(served, package_id)


def test_queueing_at_once_makes_one_operation_and_one_message(served: Served, package_id: str) -> None:
    body = {"files": [declared("large", b"", size=GIB)]}
    answered(served.api.post(f"/packages/{package_id}/uploads", body))
    answers = at_once(lambda _: served.finalize(package_id))
    assert {answer.status for answer in answers} == {202}
    (operation_id,) = {answer.json["operation_id"] for answer in answers}
    (message,) = served.messages()
    results = at_once(lambda _: deliver(message))
    assert results == [[]] * THREADS
    assert served.operation(operation_id)["attempt"] == 1
    one_truth(served, package_id)


def test_a_seal_that_races_plans_holds_each_of_them_whole_or_not_at_all(
    served: Served, package_id: str
) -> None:
    served.upload(package_id, {"a": b"x"})

    def race(number: int) -> Answer:
        if number % 4 == 0:
            return served.finalize(package_id)
        return served.plan(package_id, {f"late/{number}/{path}": b"x" for path in range(3)})

    answers = at_once(race)
    planned = {number: answer for number, answer in enumerate(answers) if number % 4}
    assert {answer.status for number, answer in enumerate(answers) if number not in planned} == {200}
    assert {answer.json.get("code") for answer in planned.values()} <= {None, "INVALID_STATE"}
    held = {number for number, answer in planned.items() if answer.status == 200}
    expected = {"a"} | {f"late/{number}/{path}" for number in held for path in range(3)}
    assert set(one_truth(served, package_id)) == expected
    manifest = answered(served.api.get(f"/packages/{package_id}/manifest"))
    assert {file["path"] for file in manifest["files"]} == expected


def test_a_package_that_is_sealed_and_given_up_at_once_is_one_of_both(
    served: Served, package_id: str
) -> None:
    served.upload(package_id, {"a": b"x"})

    def race(number: int) -> Answer:
        if number % 2:
            return served.finalize(package_id)
        return served.api.post(f"/packages/{package_id}/fail", {"reason": "over"})

    answers = at_once(race)
    ended = served.show(package_id)["status"]
    assert counted(answers) == {(200, None): THREADS // 2, (409, "INVALID_STATE"): THREADS // 2}
    assert {answer.json["status"] for answer in answers if answer.status == 200} == {ended}
    one_truth(served, package_id)


@pytest.mark.parametrize("number", range(2))
def test_one_idempotency_key_makes_one_package(served: Served, number: int) -> None:
    headers = {"Idempotency-Key": f"key-{number}"}
    answers = at_once(lambda _: served.api.post("/packages", PACKAGE, headers=headers))
    assert set(counted(answers)) <= {(201, None), (409, "IDEMPOTENCY_IN_PROGRESS")}
    made = {answer.json["id"] for answer in answers if answer.status == 201}
    assert len(made) == 1
    again = answered(served.api.post("/packages", PACKAGE, headers=headers), 201)
    assert {package["id"] for package in served.pages("/packages")} == made == {again["id"]}


def test_one_key_makes_one_package_also_where_no_gate_stands_before_it(served: Served) -> None:
    actor = make_actor(workspace=served.workspace)
    made = at_once(lambda _: packages.create(make_create(), actor=actor, idempotency_key="k"))
    assert len({package.id for package in made}) == 1
    assert len(served.pages("/packages")) == 1
    assert first_bad(served.chain(made[0].id)) is None
