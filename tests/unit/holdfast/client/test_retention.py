"""Retention, holds and deleting through the SDK, against the service itself."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from chalicelib.core import clock
from holdfast.api.sweeps import RetentionPlan, RetentionSweepQueued
from holdfast.errors import ApiError, InputError
from holdfast.sdk import Client
from tests.support.fakes.api import TOKEN, URL
from tests.support.fakes.forwarding import forward
from tests.support.served import Served


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """A client of the service in this process."""
    transport = httpx.MockTransport(lambda request: forward(served.api, request))
    with Client(URL, TOKEN, http=httpx.Client(transport=transport)) as client:
        yield client


@pytest.fixture
def package_id(served: Served) -> str:
    """A finalized package, kept for 90 days."""
    return str(served.finalized({"a": b"alpha"})["id"])


def test_a_promise_is_extended_and_never_shortened(client: Client, package_id: str) -> None:
    before = client.packages.get(package_id).expires_at
    after = client.retention.extend(package_id, extend_days=30, reason="an audit").expires_at
    assert before is not None
    assert after == before + timedelta(days=30)
    with pytest.raises(ApiError, match="RETENTION_SHORTENED"):
        client.retention.extend(package_id, expires_at=before, reason="no")
    assert client.packages.get(package_id).expires_at == after


def test_what_breaks_a_rule_is_refused_before_it_is_sent(client: Client, package_id: str) -> None:
    with pytest.raises(InputError, match="exactly one"):
        client.retention.extend(package_id, reason="an audit")
    with pytest.raises(InputError, match="name"):
        client.holds.apply(package_id, "Case 7", reason="a dispute")


def test_holds_are_applied_listed_and_released(client: Client, package_id: str) -> None:
    client.holds.apply(package_id, "case-7", reason="a dispute")
    assert [hold.name for hold in client.holds.list(package_id)] == ["case-7"]
    assert client.retention.explain(package_id).reasons[-1].endswith("a dispute")
    assert client.holds.release(package_id, "case-7", reason="settled").holds == []
    with pytest.raises(ApiError, match="HOLD_NOT_FOUND"):
        client.holds.release(package_id, "case-7", reason="settled")


def test_a_release_whose_answer_was_lost_is_asked_again_and_was_one(served: Served, package_id: str) -> None:
    lost: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        given = forward(served.api, request)
        if request.method == "DELETE" and not lost:
            lost.append(request)
            raise httpx.ReadError("the line is dead")
        return given

    with Client(URL, TOKEN, http=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        client.holds.apply(package_id, "case-7", reason="a dispute")
        assert client.holds.release(package_id, "case-7", reason="settled").holds == []
    assert lost


def test_classes_and_policy_are_the_workspaces_own(client: Client) -> None:
    assert not any(kind.overridden for kind in client.retention.classes())
    changed, *others = client.retention.set_class("transient", period_days=3, reason="room")
    assert (changed.retention_class, changed.period_days, changed.overridden) == ("transient", 3, True)
    assert not any(kind.overridden for kind in others)
    assert client.retention.policy().auto_delete is False
    assert client.retention.set_policy(auto_delete=True, grace_days=7, reason="room").grace_days == 7


def test_what_may_go_is_listed_planned_swept_and_deleted(client: Client, package_id: str) -> None:
    with pytest.raises(ApiError, match="NOT_ELIGIBLE"):
        client.packages.delete(package_id, "over")
    with clock.freeze(clock.now() + timedelta(days=91)):
        assert [found.package_id for found in client.retention.eligible()] == [package_id]
        plan = client.retention.sweep(dry_run=True)
        assert isinstance(plan, RetentionPlan)
        assert [step.step for step in plan.steps] == ["note"]
        assert isinstance(client.retention.sweep(), RetentionSweepQueued)
        deleted = client.packages.delete(package_id, "over")
    assert deleted.status == "deleted"
    assert deleted.disposal is not None
    assert deleted.disposal.completed_at is not None
    assert client.packages.manifest(package_id).files
