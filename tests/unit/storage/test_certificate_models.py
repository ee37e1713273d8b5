from datetime import timedelta
from typing import Any

import pytest

from chalicelib.storage.models import Reliance, due, gaps, short, state
from holdfast.api.storage import Claim, Finding, State, Verdict
from tests.support.factories import MOMENT, make_certificate, make_finding

EVERYTHING = Reliance(proofs=True, locks=True)
HOUR = timedelta(hours=1)


def findings(*refuted: Claim) -> list[Finding]:
    return [make_finding(claim, refuted=claim in refuted) for claim in Claim]


def unchecked() -> list[Finding]:
    return [
        Finding(claim=claim, enforced=Verdict.NOT_CHECKED, detail="It does not answer.") for claim in Claim
    ]


@pytest.mark.parametrize(
    "refuted", [(), (Claim.CHECKSUM,), (Claim.PAYLOAD_HASH,), (Claim.RACE, Claim.MULTIPART)]
)
def test_one_proof_of_content_is_enough_and_create_only_is_not_relied_on(refuted: tuple[Claim, ...]) -> None:
    assert gaps(findings(*refuted), EVERYTHING) == []


def test_a_store_that_proves_no_content_is_a_gap_unless_it_is_read_back() -> None:
    seen = findings(Claim.CHECKSUM, Claim.PAYLOAD_HASH)

    assert "HOLDFAST_S3_INTEGRITY=readback" in gaps(seen, EVERYTHING)[0]
    assert gaps(seen, Reliance(proofs=False, locks=True)) == []


@pytest.mark.parametrize("refuted", [Claim.DELETE_UNDER_LOCK, Claim.SHORTENED_LOCK])
def test_a_lock_that_is_not_kept_is_a_gap_where_locks_are_relied_on(refuted: Claim) -> None:
    assert "HOLDFAST_S3_OBJECT_LOCK" in gaps(findings(refuted), EVERYTHING)[0]
    assert gaps(findings(refuted), Reliance(proofs=True, locks=False)) == []


def test_what_was_not_checked_is_not_proven() -> None:
    assert len(gaps(unchecked(), EVERYTHING)) == 2


@pytest.mark.parametrize(
    ("authentic", "fingerprint", "age", "expected"),
    [
        (True, "same", 47 * HOUR, State.CURRENT),
        (True, "same", 48 * HOUR, State.OUTDATED),
        (True, "another", HOUR, State.OUTDATED),
        (False, "same", HOUR, State.ALTERED),
        (False, "another", 48 * HOUR, State.ALTERED),
    ],
)
def test_a_certificate_is_current_for_two_days_of_one_configuration(
    *, authentic: bool, fingerprint: str, age: timedelta, expected: State
) -> None:
    made = make_certificate(fingerprint="same")

    assert state(made, authentic=authentic, fingerprint=fingerprint, now=MOMENT + age) is expected


def test_a_new_one_is_due_after_a_day_and_wherever_the_kept_one_cannot_be_relied_on() -> None:
    assert not due(make_certificate(), MOMENT + 23 * HOUR)
    assert due(make_certificate(), MOMENT + 24 * HOUR)
    assert due(make_certificate(state=State.OUTDATED), MOMENT)
    assert due(make_certificate(state=State.ALTERED), MOMENT)
    assert due(None, MOMENT)


def test_in_short_it_names_what_is_not_enforced() -> None:
    told = short(make_certificate(refuted=(Claim.CHECKSUM, Claim.MULTIPART)))

    assert told.not_enforced == [Claim.CHECKSUM, Claim.MULTIPART]
    assert not told.alarming


@pytest.mark.parametrize("fields", [{"gaps": ["It keeps no locks."]}, {"state": State.ALTERED}])
def test_a_gap_and_an_altered_certificate_are_alarming(fields: dict[str, Any]) -> None:
    assert short(make_certificate(**fields)).alarming
