"""A verification by the worker: a verdict for each file, once, however often a worker dies on the way."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.core.worker import Delivery
from chalicelib.operations.service import claims
from chalicelib.packages.models.verification import VERDICT_PAGE_FILES
from holdfast.api.policy import LEASE_S, MARGIN_S, RENEWAL_S
from tests.support.packages.spoiling import Finalized
from tests.support.served import deliver
from tests.support.wire import Fault, Killed, counting, listening

VERIFIED = "packages:package:verified"


def verified(finalized: Finalized) -> dict[str, Any]:
    """The run of a verification, after its worker."""
    operation_id = finalized.ask()
    assert deliver(*finalized.served.messages()) == []
    return finalized.served.operation(operation_id)


@contextmanager
def dying_at_write(number: int, *, after: bool) -> Iterator[None]:
    """The block is the life of a worker that is killed at one of its writes."""
    fault = Fault(number, Killed, after=after)
    with fault.active(), suppress(Killed):
        yield
    assert fault.fired


def test_files_that_are_as_declared_are_ok(finalized: Finalized) -> None:
    run = verified(finalized)
    assert (run["status"], run["outcome"], run["failures"]) == ("completed", "succeeded", [])
    assert run["summary_counts"] == {"ok": 5, "bad": 0, "missing": 0, "error": 0, "not_checked": 0}
    assert finalized.verdicts_by_path(run["id"]) == dict.fromkeys("abcde", "ok")


def test_each_file_has_a_verdict_of_its_own(finalized: Finalized) -> None:
    finalized.alter("b")
    finalized.lose("c")
    with finalized.unreadable("d"):
        run = verified(finalized)
    assert finalized.verdicts_by_path(run["id"]) == {
        "a": "ok",
        "b": "bad",
        "c": "missing",
        "d": "error",
        "e": "ok",
    }
    assert (run["outcome"], run["freshness"]) == ("failed", "terminal_normal")
    assert run["summary_counts"] == {"ok": 2, "bad": 1, "missing": 1, "error": 1, "not_checked": 0}
    assert [failure["code"] for failure in run["failures"]] == ["FILE_BAD", "FILE_MISSING", "FILE_ERROR"]


def test_a_file_that_cannot_be_read_is_neither_right_nor_wrong(finalized: Finalized) -> None:
    with finalized.unreadable("a"):
        run = verified(finalized)
    assert (run["outcome"], run["summary_counts"]["error"]) == ("partially_succeeded", 1)


def test_only_what_is_known_of_the_package_changes_and_its_chain_tells_of_it(
    finalized: Finalized,
) -> None:
    before = finalized.served.show(finalized.id)
    finalized.alter("a")
    run = verified(finalized)
    after = finalized.served.show(finalized.id)
    changed = {name for name, value in after.items() if value != before[name]}
    assert (changed, after["integrity"]) == ({"integrity", "verdicts", "last_verified_at"}, "corrupt")
    chain = finalized.served.chain(finalized.id)
    assert first_bad(chain) is None
    assert [event.action for event in chain[-2:]] == ["packages:verification:queued", VERIFIED]
    assert chain[-1].payload == {
        "check_id": run["id"],
        "outcome": "failed",
        "counts": run["summary_counts"],
        "before": "not_checked",
        "after": "corrupt",
    }


def test_a_verification_says_how_far_it_came(finalized: Finalized) -> None:
    assert verified(finalized)["progress"] == {"done": 5, "total": 5, "unit": "files"}


def test_a_message_that_comes_again_checks_nothing_again(finalized: Finalized) -> None:
    operation_id = finalized.ask()
    (message,) = finalized.served.messages()
    assert deliver(message) == []
    before = finalized.served.operation(operation_id), finalized.served.chain(finalized.id)
    with counting() as sent:
        assert deliver(message) == []
    assert sent["GetObject"] == 0
    assert (finalized.served.operation(operation_id), finalized.served.chain(finalized.id)) == before


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("write", "name"), [(2, "first page"), (3, "second page"), (5, "note"), (6, "end")])
def test_killed_at_a_write_it_goes_on_where_it_stopped_and_counts_nothing_twice(
    large: Finalized, write: int, name: str, *, after: bool
) -> None:
    operation_id = large.ask()
    (message,) = large.served.messages()
    with dying_at_write(write, after=after):
        deliver(message)
    kept = len(large.verdicts_by_path(operation_id))
    assert kept == min((write - 2 + after) * VERDICT_PAGE_FILES, 401), name
    with clock.freeze(clock.now() + timedelta(seconds=LEASE_S)), counting() as sent:
        assert deliver(message) == []
    assert sent["GetObject"] == 401 - kept
    run = large.served.operation(operation_id)
    assert (run["outcome"], run["summary_counts"]["ok"]) == ("succeeded", 401)
    assert len(large.verdicts_by_path(operation_id)) == 401
    assert [event.action for event in large.served.chain(large.id)].count(VERIFIED) == 1
    assert run["progress"] == {"done": 401, "total": 401, "unit": "files"}


def test_files_that_were_not_reached_when_time_was_over_have_no_verdict_and_the_run_is_not_green(
    large: Finalized,
) -> None:
    operation_id = large.ask()
    (message,) = large.served.messages()
    delivery = Delivery(message, lambda: left_after_a_page(large, operation_id))
    claims.perform(delivery, wiring.handlers("packages"))
    run = large.served.operation(operation_id)
    assert (run["outcome"], run["reason"]["code"]) == ("failed", "run.infrastructure_timeout_or_abandonment")
    assert run["progress"] == {"done": VERDICT_PAGE_FILES, "total": 401, "unit": "files"}
    assert len(large.verdicts_by_path(operation_id)) == VERDICT_PAGE_FILES
    assert VERIFIED not in [event.action for event in large.served.chain(large.id)]


def left_after_a_page(large: Finalized, operation_id: str) -> float:
    """The worker's time: plenty until the first page of verdicts is kept, and then hardly any."""
    return MARGIN_S - 1 if large.verdicts_by_path(operation_id) else 10 * MARGIN_S


def test_a_verification_that_is_cancelled_ends_at_its_next_renewal(large: Finalized) -> None:
    operation_id = large.ask()
    (message,) = large.served.messages()

    def cancel_once(**_: Any) -> None:
        large.served.api.post(f"/operations/{operation_id}/cancel")
        clock.sleep(RENEWAL_S)  # the clock stands: this moves it, and waits for nothing

    with clock.freeze(clock.now()), after_first("GetObject", cancel_once):
        assert deliver(message) == []
    run = large.served.operation(operation_id)
    assert (run["status"], run["reason"]["code"]) == ("completed", "run.cancelled")
    assert len(large.verdicts_by_path(operation_id)) < 401


@contextmanager
def after_first(operation: str, act: Any) -> Iterator[None]:
    """Call `act` once, when the store is first asked for `operation` inside the block."""
    asked: list[str] = []

    def once(event_name: str, **_: Any) -> None:
        asked.append(event_name)
        if len(asked) == 1:
            act()

    with listening(f"before-call.s3.{operation}", once):
        yield
