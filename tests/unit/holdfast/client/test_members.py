"""Members through the SDK: typed, page by page, changed only as they were seen."""

from typing import Any

import pytest

from holdfast.api.auth import Role
from holdfast.errors import ApiError, InputError
from holdfast.sdk import Client
from tests.support.fakes.api import FakeApi


def test_members_are_listed_over_all_pages(api: FakeApi, client: Client) -> None:
    for number in range(5):
        api.members.have(f"user-{number}")
    assert [member.user_id for member in client.members.list()] == [f"user-{number}" for number in range(5)]
    assert api.requested() == ["GET /members"] * 3


def test_a_member_is_added_typed_and_under_a_key(api: FakeApi, client: Client) -> None:
    member = client.members.add("grace", role="operator", tenants=["red"])
    assert (member.role, member.tenants, member.revision) == (Role.OPERATOR, ["red"], 1)
    assert "idempotency-key" in api.requests[0].headers
    assert client.members.get("grace") == member


def test_a_name_is_sent_so_that_it_arrives(api: FakeApi, client: Client) -> None:
    api.members.have("auth0|5f@x.example")
    assert client.members.get("auth0|5f@x.example").user_id == "auth0|5f@x.example"
    client.members.remove("auth0|5f@x.example")
    assert api.members.members == {}


def test_what_is_not_named_stays(api: FakeApi, client: Client) -> None:
    api.members.have("grace", Role.VIEWER, "red")
    assert client.members.change("grace", role="manager").tenants == ["red"]
    assert client.members.change("grace", tenants=[]).role == "manager"


def test_a_change_of_what_has_changed_since_it_was_seen_is_refused(api: FakeApi, client: Client) -> None:
    api.members.have("grace")
    seen = client.members.get("grace")
    assert client.members.change("grace", role="operator", seen=seen).role == "operator"
    with pytest.raises(ApiError, match="MEMBER_CHANGED"):
        client.members.change("grace", role="owner", seen=seen)


def test_the_last_owner_is_neither_removed_nor_leaves(api: FakeApi, client: Client) -> None:
    api.members.have("dana", Role.OWNER)
    with pytest.raises(ApiError, match="LAST_OWNER"):
        client.members.remove("dana")
    with pytest.raises(ApiError, match="LAST_OWNER"):
        client.members.leave()
    api.members.have("grace", Role.OWNER)
    client.members.leave()
    assert list(api.members.members) == ["grace"]


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"role": "viewer", "tenants": ["RED"]}])
def test_what_breaks_a_rule_is_refused_before_anything_is_sent(
    api: FakeApi, client: Client, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="INVALID_REQUEST"):
        client.members.add("grace", **wrong)
    assert api.requests == []
