"""Work on a package that others change at the same time is decided anew, from what is there by then."""

from collections.abc import Callable
from typing import Any

from chalicelib.audit.models import first_bad
from tests.support.packages.spoiling import Finalized
from tests.support.served import answered
from tests.support.wire import after_query, listening


def once(act: Callable[[], Any]) -> Callable[..., None]:
    """Return a handler that calls `act` at its first event only."""
    left = [act]

    def handle(**_: Any) -> None:
        if left:
            left.pop()()

    return handle


def test_a_verification_is_queued_for_a_package_that_was_changed_after_it_was_read(
    finalized: Finalized,
) -> None:
    hold = {"name": "audit", "reason": "asked for"}

    def meanwhile() -> None:
        answered(finalized.served.api.post(f"/packages/{finalized.id}/holds", hold), 201)

    with after_query(1, meanwhile):
        answer = finalized.served.api.post(f"/packages/{finalized.id}/verify")
    answered(answer, 202)
    assert [held["name"] for held in finalized.served.show(finalized.id)["holds"]] == ["audit"]
    assert first_bad(finalized.served.chain(finalized.id)) is None


def test_a_run_that_ends_while_it_is_joined_leaves_no_gap_in_the_packages_chain(finalized: Finalized) -> None:
    first = finalized.ask()

    def end() -> None:
        answered(finalized.served.api.post(f"/operations/{first}/cancel"))

    with listening("after-call.dynamodb.TransactWriteItems", once(end)):
        second = finalized.ask()
    assert second != first
    chain = finalized.served.chain(finalized.id)
    assert first_bad(chain) is None
    assert [event.payload and event.payload["operation_id"] for event in chain[-2:]] == [first, second]
