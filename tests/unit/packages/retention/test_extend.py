"""A promise is only ever extended: the three ways to ask, and every way to be refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from holdfast.api import moments
from tests.support.api import Answer
from tests.support.served import Served, answered

FILES = {"a": b"alpha", "b": b"beta"}


@pytest.fixture
def package(served: Served) -> dict[str, Any]:
    """A finalized package, kept for 90 days."""
    return served.finalized(FILES)


def extend(served: Served, package: dict[str, Any], **body: Any) -> Answer:
    """Ask for a longer promise."""
    return served.api.post(f"/packages/{package['id']}/retention", {"reason": "an audit"} | body)


def days_later(moment: str, days: int) -> str:
    return moments.rfc3339(datetime.fromisoformat(moment) + timedelta(days=days))


def test_a_promise_is_extended_by_days_from_where_it_ends(served: Served, package: dict[str, Any]) -> None:
    shown = answered(extend(served, package, extend_days=30))
    assert shown["expires_at"] == days_later(package["expires_at"], 30)
    assert shown["retention_class"] == "raw-evidence"
    assert served.show(package["id"]) == shown


def test_a_promise_is_extended_to_a_date(served: Served, package: dict[str, Any]) -> None:
    later = days_later(package["expires_at"], 1)
    assert answered(extend(served, package, expires_at=later))["expires_at"] == later


def test_a_longer_class_counts_from_the_seal(served: Served, package: dict[str, Any]) -> None:
    shown = answered(extend(served, package, retention_class="summary-evidence"))
    assert shown["retention_class"] == "summary-evidence"
    assert shown["expires_at"] == days_later(package["finalized_at"], 365)
    assert answered(extend(served, package, retention_class="permanent-record"))["expires_at"] is None


def test_a_longer_class_keeps_a_date_that_is_later_still(served: Served, package: dict[str, Any]) -> None:
    later = days_later(package["expires_at"], 3000)
    answered(extend(served, package, expires_at=later))
    shown = answered(extend(served, package, retention_class="summary-evidence"))
    assert (shown["retention_class"], shown["expires_at"]) == ("summary-evidence", later)


def test_the_extension_is_in_the_chain_with_before_after_and_reason(
    served: Served, package: dict[str, Any]
) -> None:
    answered(extend(served, package, extend_days=30))
    event = served.pages(f"/packages/{package['id']}/events")[-1]
    assert (event["type"], event["actor"], event["reason"]) == ("extended", "ada", "an audit")
    assert event["before"]["expires_at"] == package["expires_at"]
    assert event["after"]["expires_at"] == days_later(package["expires_at"], 30)
    assert first_bad(served.chain(package["id"])) is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"retention_class": "transient"},
        {"expires_at": "2026-01-01T00:00:00Z"},
    ],
    ids=lambda wanted: next(iter(wanted)),
)
def test_a_promise_is_never_shortened_and_nothing_changes(
    served: Served, package: dict[str, Any], wanted: dict[str, str]
) -> None:
    before = served.everything(package["id"])
    answer = extend(served, package, **wanted)
    assert (answer.status, answer.code) == (409, "RETENTION_SHORTENED")
    assert answer.json["details"]["expires_at"] == package["expires_at"]
    assert served.everything(package["id"]) == before


def test_for_ever_is_never_shortened(served: Served) -> None:
    package = served.finalized(FILES, retention_class="permanent-record")
    before = served.everything(package["id"])
    for wanted in ({"expires_at": "8000-01-01T00:00:00Z"}, {"retention_class": "release-evidence"}):
        assert extend(served, package, **wanted).code == "RETENTION_SHORTENED"
    assert answered(extend(served, package, extend_days=1))["expires_at"] is None
    assert served.everything(package["id"]) == before


def test_what_was_promised_already_changes_nothing(served: Served, package: dict[str, Any]) -> None:
    before = served.everything(package["id"])
    for wanted in ({"expires_at": package["expires_at"]}, {"retention_class": "raw-evidence"}):
        assert answered(extend(served, package, **wanted)) == package
    assert served.everything(package["id"]) == before


def test_a_date_beyond_the_calendar_is_never(served: Served, package: dict[str, Any]) -> None:
    answered(extend(served, package, expires_at="8999-12-31T00:00:00Z"))
    assert answered(extend(served, package, extend_days=36_500))["expires_at"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"extend_days": 1, "retention_class": "release-evidence"},
        {"extend_days": 0},
        {"extend_days": -1},
        {"extend_days": 36_501},
        {"extend_days": "1"},
        {"extend_days": 1, "reason": ""},
        {"expires_at": "never"},
        {"retention_class": "gold"},
        {"until": "2030-01-01T00:00:00Z"},
    ],
)
def test_what_breaks_a_rule_is_refused(served: Served, package: dict[str, Any], body: dict[str, Any]) -> None:
    answer = extend(served, package, **body)
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert served.show(package["id"]) == package


def test_an_extension_before_the_seal_outlives_it(served: Served) -> None:
    package_id = served.create()
    later = answered(extend(served, {"id": package_id}, extend_days=1000))["expires_at"]
    served.upload(package_id, FILES)
    assert answered(served.finalize(package_id))["expires_at"] == later


def test_an_extension_that_is_sent_again_under_its_key_counts_once(
    served: Served, package: dict[str, Any]
) -> None:
    target, body = f"/packages/{package['id']}/retention", {"extend_days": 5, "reason": "an audit"}
    for _ in range(2):
        shown = answered(served.api.post(target, body, headers={"Idempotency-Key": "once"}))
        assert shown["expires_at"] == days_later(package["expires_at"], 5)


def test_an_operator_extends_and_a_viewer_does_not(served: Served, package: dict[str, Any]) -> None:
    target, body = f"/packages/{package['id']}/retention", {"extend_days": 5, "reason": "an audit"}
    assert served.api.asked_by(served.token(role="viewer")).post(target, body).status == 403
    assert served.api.asked_by(served.token(role="operator")).post(target, body).status == 200
