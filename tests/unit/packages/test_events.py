"""GET /packages/{id}/events: what happened, oldest first, in a chain that a stranger can check."""

from datetime import datetime, timedelta

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from holdfast.api import moments
from tests.support.factories import MOMENT
from tests.support.served import Served, answered

STORY = [
    "packages:package:created",
    "packages:retention:defaulted",
    "packages:files:planned",
    "packages:package:finalized",
    "packages:retention:defaulted",
]


def test_events_tell_the_story_oldest_first_and_the_chain_verifies(served: Served) -> None:
    package = served.finalized({"a": b"x"})
    chain = served.chain(package["id"])
    assert [event.action for event in chain] == STORY
    assert [event.seq for event in chain] == [1, 2, 3, 4, 5]
    assert {event.actor for event in chain} == {"ada"}
    assert first_bad(chain) is None


def test_pages_of_events_join_to_the_whole_chain(served: Served) -> None:
    package = served.finalized({"a": b"x"})
    joined = served.pages(f"/packages/{package['id']}/events", limit=2)
    assert joined == served.pages(f"/packages/{package['id']}/events")
    assert len(joined) == len(STORY)


def test_every_change_is_in_the_chain_with_who_did_it(served: Served) -> None:
    package_id = served.create()
    other = served.api.asked_by(served.token(sub="grace"))
    answered(other.post(f"/packages/{package_id}/fail", {"reason": "over"}))
    last = served.chain(package_id)[-1]
    assert (last.action, last.actor) == ("packages:package:failed", "grace")
    assert last.payload == {"reason": "over", "before": "created", "after": "failed"}
    assert first_bad(served.chain(package_id)) is None


def test_a_retention_event_says_its_type_package_reason_before_and_after(served: Served) -> None:
    sealed_at = MOMENT + timedelta(days=3)
    with clock.freeze(MOMENT):
        package_id = served.create(retention_class="transient")
    served.upload(package_id, {"a": b"x"})
    with clock.freeze(sealed_at):
        answered(served.finalize(package_id))
    events = [event for event in served.pages(f"/packages/{package_id}/events") if event["type"]]
    first, second = (moments.rfc3339(moment + timedelta(days=7)) for moment in (MOMENT, sealed_at))
    assert [(event["type"], event["reason"], event["before"], event["after"]) for event in events] == [
        ("defaulted", "transient", None, first),
        ("defaulted", "transient", first, second),
    ]
    assert {event["package_id"] for event in events} == {package_id}
    assert [event["id"] for event in events] == [f"{package_id}:2", f"{package_id}:5"]
    assert [datetime.fromisoformat(event["at"]) for event in events] == [MOMENT, sealed_at]


def test_an_event_that_is_no_retention_event_has_no_type(served: Served) -> None:
    events = served.pages(f"/packages/{served.create()}/events")
    assert events[0]["action"] == "packages:package:created"
    assert events[0]["type"] is None


def test_a_changed_event_is_found(served: Served) -> None:
    package = served.finalized({"a": b"x"})
    chain = served.chain(package["id"])
    for number, event in enumerate(chain):
        for change in ({"actor": "mallory"}, {"payload": {"file_count": 7}}, {"at": MOMENT}):
            altered = [*chain[:number], event.model_copy(update=change), *chain[number + 1 :]]
            assert first_bad(altered) == event.seq
    assert first_bad(chain[1:]) == 1
    assert first_bad([*chain[:2], *chain[3:]]) == 3


def test_a_cursor_of_another_package_is_refused(served: Served) -> None:
    one, two = served.create(), served.create()
    cursor = answered(served.api.get(f"/packages/{one}/events?limit=1"))["next_cursor"]
    answer = served.api.get(f"/packages/{two}/events?limit=1&cursor={cursor}")
    assert (answer.status, answer.code) == (422, "INVALID_CURSOR")
