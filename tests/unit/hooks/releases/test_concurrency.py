"""Many who release one hook at once: no version is missing or doubled, and the equal are one.

At full size, 50 writers of 20 releases each: `python -m tests.bench --only releases`.
"""

from collections import Counter

from chalicelib.core import clock
from chalicelib.dynamodb.transaction import CONTENDED_ATTEMPTS
from tests.support.api import Answer
from tests.support.factories import MOMENT, make_actor
from tests.support.faults.table import CANCELED, refusing
from tests.support.hooks.races import at_once, race
from tests.support.hooks.world import chain, release_body
from tests.support.served import Served, answered

HOOK = "/hooks/junit-summary"
WRITERS, EACH = 10, 5


def test_versions_are_without_gap_and_none_is_given_twice(served: Served) -> None:
    actor = make_actor(workspace=served.workspace)
    won = race("junit-summary", writers=WRITERS, each=EACH, actor=actor)
    wanted = list(range(1, WRITERS * EACH + 1))
    assert sorted(won.versions) == wanted
    kept = served.pages(f"{HOOK}/releases")
    assert [release["version"] for release in kept] == wanted[::-1]
    assert len({str(release["config"]) for release in kept}) == len(wanted)
    assert [move["to"] for move in served.pages(f"{HOOK}/pointer-history")] == wanted
    assert len(chain(served, "hook", "junit-summary")) == len(wanted)


def test_of_fifty_equal_releases_one_is_created(served: Served) -> None:
    def act(_: int) -> Answer:
        return served.api.post(f"{HOOK}/releases", release_body())

    answers = at_once(act, writers=50)
    assert Counter((answer.status, answer.json["created"]) for answer in answers) == {
        (201, True): 1,
        (200, False): 49,
    }
    assert {answer.json["version"] for answer in answers} == {1}
    assert len(served.pages(f"{HOOK}/releases")) == 1


def test_of_many_moves_that_saw_the_same_revision_one_is_made(served: Served) -> None:
    for number in range(3):
        answered(served.api.post(f"{HOOK}/releases", release_body(config={"number": number})), 201)

    def act(writer: int) -> Answer:
        body = {"version": writer % 2 + 1, "expected_revision": 3}
        return served.api.request("PUT", f"{HOOK}/live", body=body)

    answers = at_once(act, writers=8)
    assert Counter(answer.status for answer in answers) == {200: 1, 409: 7}
    assert len(served.pages(f"{HOOK}/pointer-history")) == 4


def test_a_release_that_always_loses_is_sent_away_after_bounded_tries(served: Served) -> None:
    condition = ["None", "None", "None", "ConditionalCheckFailed"]
    with clock.freeze(MOMENT), refusing("TransactWriteItems", CANCELED, reasons=condition) as asked:
        refused = served.api.post(f"{HOOK}/releases", release_body())
        waited = clock.now() - MOMENT
    assert (refused.status, refused.code) == (503, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) >= 1
    assert len(asked) == CONTENDED_ATTEMPTS
    assert 0 < waited.total_seconds() < 28
