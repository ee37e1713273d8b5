"""What a sweep finds, and what the package, the lists and the health of the service say of it."""

from datetime import timedelta

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from holdfast.api import moments
from tests.support.packages.damage import (
    ask_for_sweep,
    checks,
    counts,
    key_of,
    overwrite,
    perform_sweeps,
    remove,
    swept,
    unreadable,
)
from tests.support.served import Served, answered, deliver, sweep_integrity


def test_bytes_in_order_make_the_package_ok_and_the_sweep_succeed(served: Served, due: str) -> None:
    ended = swept(served)
    assert (ended["outcome"], ended["failures"]) == ("succeeded", [])
    assert counts(ended) == {"packages": 1, "ok": 3, "bytes": 14}
    package = served.show(due)
    assert (package["status"], package["integrity"]) == ("finalized", "ok")
    assert package["last_verified_at"] == moments.rfc3339(clock.now())
    assert {name: count for name, count in package["verdicts"].items() if count} == {"ok": 3}
    assert first_bad(served.chain(due)) is None


def test_a_package_is_not_due_before_its_time_unless_everything_is_asked_for(
    served: Served, package_id: str
) -> None:
    early = swept(served)
    assert early["outcome"] == "partially_succeeded"
    assert [failure["code"] for failure in early["failures"]] == ["NOTHING_CHECKED"]
    assert served.show(package_id)["integrity"] == "not_checked"
    assert counts(swept(served, include_recent=True)) == {"packages": 1, "ok": 3, "bytes": 14}


@pytest.mark.parametrize(
    ("damage", "verdict"), [(b"ALPHA", "bad"), (b"alp", "bad"), (b"", "bad"), (None, "missing")]
)
def test_altered_truncated_and_removed_objects_are_found_and_shown(
    served: Served, due: str, damage: bytes | None, verdict: str
) -> None:
    if damage is None:
        remove(served, due, "a")
    else:
        overwrite(served, due, "a", damage)
    ended = swept(served)
    assert ended["outcome"] == "failed"
    assert counts(ended) == {"packages": 1, "ok": 2, verdict: 1, "bytes": 14}
    assert ended["failures"] == [{"code": "CORRUPT", "message": f"{due}: 1 {verdict}"}]
    shown = served.show(due)
    assert (shown["status"], shown["integrity"], shown["verdicts"][verdict]) == ("finalized", "corrupt", 1)
    assert [item["integrity"] for item in served.pages("/packages")] == ["corrupt"]
    [alarm] = served.pages("/integrity/alarms")
    assert (alarm["package_id"], alarm["integrity"], alarm["verdicts"][verdict]) == (due, "corrupt", 1)
    health = answered(served.api.get("/health/details"))
    assert (health["status"], health["integrity"]["alarms"], health["integrity"]["packages"]) == (
        "degraded",
        1,
        [due],
    )


def test_an_object_that_the_store_fails_for_is_an_error_and_no_verification(served: Served, due: str) -> None:
    with unreadable(key_of(served, due, "b")):
        ended = swept(served)
    assert ended["outcome"] == "partially_succeeded"
    assert ended["failures"] == [{"code": "INCOMPLETE", "message": f"{due}: 1 error"}]
    shown = served.show(due)
    assert (shown["integrity"], shown["last_verified_at"], shown["verdicts"]["error"]) == ("error", None, 1)
    run = answered(served.api.get("/health/details"))["sweep_runs"]["integrity.sweep"]
    assert (run["operation_id"], run["complete"], run["outcome"]) == (ended["id"], False, ended["outcome"])


def test_restored_bytes_end_the_alarm_a_day_later_with_an_event(served: Served, due: str) -> None:
    overwrite(served, due, "a", b"ALPHA")
    swept(served)
    overwrite(served, due, "a", b"alpha")
    assert counts(swept(served)) == {}
    with clock.freeze(clock.now() + timedelta(days=1)):
        assert swept(served)["outcome"] == "succeeded"
    assert [(told["before"], told["after"]) for told in checks(served, due)] == [
        ("not_checked", "corrupt"),
        ("corrupt", "ok"),
    ]
    assert served.pages("/integrity/alarms") == []
    health = answered(served.api.get("/health/details"))
    assert (health["status"], health["integrity"]["alarms"]) == ("ok", 0)


def test_an_error_after_damage_does_not_end_the_alarm(served: Served, due: str) -> None:
    remove(served, due, "a")
    swept(served)
    overwrite(served, due, "a", b"alpha")
    with unreadable(key_of(served, due, "a")):
        swept(served, include_recent=True)
    assert served.show(due)["integrity"] == "corrupt"


def test_a_verification_of_one_package_ends_its_turn_and_its_alarm(served: Served, due: str) -> None:
    remove(served, due, "a")
    swept(served)
    overwrite(served, due, "a", b"alpha")
    answered(served.api.post(f"/packages/{due}/verify"), 202)
    assert deliver(*served.messages()) == []
    assert served.show(due)["integrity"] == "ok"
    assert counts(swept(served)) == {}


def test_the_schedule_queues_one_sweep_for_a_workspace_that_has_something_due(
    served: Served, package_id: str
) -> None:
    assert sweep_integrity() == 0
    with clock.freeze(clock.now() + timedelta(days=31)):
        assert (sweep_integrity(), sweep_integrity()) == (1, 1)
        assert len(served.messages("sweeps")) == 1
        beat = answered(served.api.get("/health/details"))["sweeps"]["integrity.sweep"]
        assert (beat["workspaces"], beat["ran_at"]) == (1, moments.rfc3339(clock.now()))
    assert served.show(package_id)["integrity"] == "not_checked"


def test_what_is_asked_for_while_a_sweep_is_active_is_that_one(served: Served, due: str) -> None:
    assert ask_for_sweep(served) == ask_for_sweep(served, budget_bytes=1, include_recent=True)
    perform_sweeps(served)
    assert len(checks(served, due)) == 1


def test_a_dry_run_shows_what_is_due_and_changes_nothing(served: Served, due: str) -> None:
    before = served.everything(due)
    plan = answered(served.api.post("/integrity/sweep", {"dry_run": True}))
    assert (plan["total_bytes"], plan["more"], [each["package_id"] for each in plan["packages"]]) == (
        14,
        False,
        [due],
    )
    assert (served.everything(due), served.messages("sweeps")) == (before, [])
    assert served.pages("/operations") == []
