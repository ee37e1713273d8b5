"""Locks that were confirmed are read back whenever the rotation reads the bytes."""

from datetime import timedelta

import pytest

from chalicelib.core import clock
from tests.support.packages.damage import perform_sweeps, swept
from tests.support.packages.owner import FILES, Owner
from tests.support.served import Served, sweep_retention


@pytest.fixture
def confirmed(owner: Owner, served: Served) -> str:
    """A finalized package whose locks are confirmed."""
    owner.switch_on()
    package = served.finalized(FILES)
    assert served.show(str(package["id"]))["lock"]["state"] == "confirmed"
    return str(package["id"])


def lock_events(served: Served, package_id: str) -> list[str]:
    """What the package's chain tells of its locks."""
    return [event.action for event in served.chain(package_id) if event.action.startswith("packages:locks")]


def test_a_lock_that_is_changed_later_is_found_and_set_again(
    owner: Owner, served: Served, confirmed: str
) -> None:
    served.s3.put_object_legal_hold(**owner.versions(confirmed)[0], LegalHold={"Status": "ON"})
    assert swept(served, include_recent=True)["outcome"] == "succeeded"
    lock = served.show(confirmed)["lock"]
    assert (lock["state"], "has a legal hold" in lock["detail"]) == ("drift", True)
    assert lock_events(served, confirmed)[-1] == "packages:locks:drifted"
    with clock.freeze(clock.now() + timedelta(days=1, minutes=1)):
        sweep_retention()
        perform_sweeps(served)
    assert served.show(confirmed)["lock"]["state"] == "confirmed"
    assert {held for _, held in owner.locks(confirmed)} == {False}


def test_locks_in_order_leave_no_event(served: Served, confirmed: str) -> None:
    before = lock_events(served, confirmed)
    swept(served, include_recent=True)
    assert served.show(confirmed)["integrity"] == "ok"
    assert lock_events(served, confirmed) == before
