"""A budget of bytes: longest due first, in pieces, no file twice, and what is left is told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.packages.models.verification import VERDICT_PAGE_FILES
from tests.support.packages.damage import checks, counts, remove, swept
from tests.support.served import Served, sweep_integrity
from tests.support.wire import counting, listening

FILES = 2 * VERDICT_PAGE_FILES + 50
HOUR = timedelta(hours=1)


def finalize_many(served: Served, *, files: int, size: int = 10) -> str:
    """A package of many paths with one content."""
    package_id = served.create()
    served.upload_copies(package_id, [f"f/{number:04d}" for number in range(files)], b"x" * size)
    assert served.finalize(package_id).status == 200
    return package_id


def test_what_is_longest_due_is_first_and_the_rest_is_left_and_told(served: Served) -> None:
    old, young = finalize_many(served, files=2, size=60), finalize_many(served, files=1, size=50)
    with clock.freeze(clock.now() + timedelta(days=31)):
        first = swept(served, budget_bytes=150)
        assert counts(first) == {"packages": 1, "ok": 2, "bytes": 120}
        assert first["outcome"] == "partially_succeeded"
        assert [failure["code"] for failure in first["failures"]] == ["BUDGET_SPENT"]
        assert [served.show(package)["integrity"] for package in (old, young)] == ["ok", "not_checked"]
        second = swept(served, budget_bytes=150)
        assert (second["outcome"], counts(second)) == ("succeeded", {"packages": 1, "ok": 1, "bytes": 50})


def test_a_package_larger_than_the_budget_is_checked_in_pieces_and_no_file_twice(served: Served) -> None:
    package_id = finalize_many(served, files=FILES)
    remove(served, package_id, "f/0000")
    served.s3.put_object(
        Bucket=served.bucket, Key=served.files(package_id)["f/0000"]["storage"]["key"], Body=b"x" * 10
    )
    with counting() as requests, clock.freeze(clock.now() + timedelta(days=31)):
        found = [swept(served, budget_bytes=1) for _ in range(3)]
    assert [counts(ended)["ok"] for ended in found] == [200, 200, 50]
    assert [counts(ended)["bytes"] for ended in found] == [2000, 2000, 500]
    assert [ended["outcome"] for ended in found] == ["partially_succeeded"] * 2 + ["succeeded"]
    assert requests["GetObject"] == FILES
    [told] = checks(served, package_id)
    assert told["counts"]["ok"] == FILES


def test_a_package_under_way_says_so_in_the_plan_and_keeps_its_turn(served: Served) -> None:
    large, small = finalize_many(served, files=VERDICT_PAGE_FILES + 1), finalize_many(served, files=1)
    with clock.freeze(clock.now() + timedelta(days=31)):
        swept(served, budget_bytes=1)
        planned = served.api.post("/integrity/sweep", {"dry_run": True}).json["packages"]
        assert [(each["package_id"], each["under_way"]) for each in planned] == [
            (large, True),
            (small, False),
        ]


def test_a_budget_that_covers_exactly_what_is_due_is_enough(served: Served) -> None:
    for _ in range(2):
        finalize_many(served, files=1, size=50)
    with clock.freeze(clock.now() + timedelta(days=31)):
        assert swept(served, budget_bytes=100)["outcome"] == "succeeded"


def test_a_plan_says_that_more_is_due_than_the_budget_allows(served: Served) -> None:
    packages = [finalize_many(served, files=1, size=50) for _ in range(3)]
    with clock.freeze(clock.now() + timedelta(days=31)):
        plan = served.api.post("/integrity/sweep", {"dry_run": True, "budget_bytes": 110}).json
        assert ([each["package_id"] for each in plan["packages"]], plan["more"]) == (packages[:2], True)
        alone = served.api.post("/integrity/sweep", {"dry_run": True, "budget_bytes": 1}).json
        assert ([each["package_id"] for each in alone["packages"]], alone["more"]) == (packages[:1], True)


def test_everything_that_was_asked_for_is_checked_once_however_many_pages_of_the_rotation_it_takes(
    served: Served,
) -> None:
    packages = [finalize_many(served, files=1) for _ in range(30)]
    with counting() as requests:
        ended = swept(served, include_recent=True)
    assert counts(ended) == {"packages": 30, "ok": 30, "bytes": 300}
    assert requests["GetObject"] == 30
    assert [len(checks(served, package)) for package in packages] == [1] * 30


def test_a_sweep_reads_the_pages_that_it_needs_and_not_all_packages(served: Served) -> None:
    for _ in range(60):
        finalize_many(served, files=1, size=50)
    costs = [queries_of_a_sweep(served, budget) for budget in (100, 1000)]
    assert costs[0]["BatchGetItem"] == 1
    assert costs[0]["Query"] < costs[1]["Query"] / 2


def queries_of_a_sweep(served: Served, budget: int) -> dict[str, int]:
    """The requests to the table of one sweep with a budget, 31 days from now."""
    with clock.freeze(clock.now() + timedelta(days=31)), counting() as requests:
        swept(served, budget_bytes=budget)
    return requests


def test_a_deleted_package_leaves_the_rotation_and_its_alarm(served: Served) -> None:
    damaged, other = finalize_many(served, files=1), finalize_many(served, files=1, size=11)
    remove(served, damaged, "f/0000")
    swept(served, include_recent=True)
    with clock.freeze(clock.now() + timedelta(days=92)):
        assert served.api.request("DELETE", f"/packages/{damaged}", body={"reason": "over"}).status == 200
        assert served.pages("/integrity/alarms") == []
        assert counts(swept(served)) == {"packages": 1, "ok": 1, "bytes": 11}
        assert sweep_integrity() == 0
    assert len(checks(served, other)) == 2


def test_bytes_that_are_disposed_of_while_they_are_checked_are_no_damage(served: Served) -> None:
    package_id = finalize_many(served, files=1)
    with clock.freeze(clock.now() + timedelta(days=92)), once_before_get(lambda: delete(served, package_id)):
        ended = swept(served)
    assert counts(ended) == {}
    assert served.show(package_id)["integrity"] == "not_checked"
    assert checks(served, package_id) == []


def delete(served: Served, package_id: str) -> None:
    """Delete a package that may go."""
    assert served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"}).status == 200


def once_before_get(act: Callable[[], None]) -> AbstractContextManager[None]:
    """Do `act` once, just before the first object is read."""
    done: list[bool] = []

    def intervene(**_: object) -> None:
        if not done:
            done.append(True)
            act()

    return listening("before-call.s3.GetObject", intervene)
