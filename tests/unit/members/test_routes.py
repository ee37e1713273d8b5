"""Members over HTTP: who may see and change them, and what that opens at once."""

from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.audit import service as audit
from chalicelib.audit.models import first_bad
from chalicelib.auth.models import CAPABILITIES
from chalicelib.dynamodb import items
from holdfast.api.auth import Role, Scope
from tests.support.api import Answer, Api
from tests.support.factories import WORKSPACE, make_member_token, make_token
from tests.support.problems import without_id

HERE = {"holdfast-workspace": WORKSPACE}
PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
every = pytest.mark.parametrize


class Person:
    """Somebody whose token says nothing of workspaces, so that the table decides."""

    def __init__(self, api: Api, sub: str = "grace", **claims: Any) -> None:
        self._api = api.asked_by(make_token(sub=sub, workspaces=None, **claims))

    def ask(self, method: str, target: str, body: Any = None) -> Answer:
        """A request in the usual workspace."""
        return self._api.request(method, target, body=body, headers=HERE)

    def status(self, method: str, target: str, body: Any = None) -> int:
        """The status of `ask`."""
        return self.ask(method, target, body).status


def added(api: Api, user_id: str = "grace", role: str = "viewer", *tenants: str) -> dict[str, Any]:
    """A new member."""
    answer = api.post("/members", {"user_id": user_id, "role": role, "tenants": list(tenants)})
    assert answer.status == 201
    return dict(answer.json)


def patched(api: Api, body: Any, user_id: str = "grace", **headers: str) -> Answer:
    """A member changed."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.request("PATCH", f"/members/{user_id}", body=body, headers=sent)


def test_a_new_member_is_shown_with_who_added_them(api: Api) -> None:
    member = added(api, "grace", "operator", "red", "blue", "red")
    assert (member["role"], member["tenants"], member["added_by"]) == ("operator", ["blue", "red"], "ada")
    shown = api.get("/members/grace")
    assert (shown.json, shown.headers["etag"]) == (member, '"1"')
    assert api.get("/members").json == {"items": [member], "next_cursor": None}


def test_without_a_membership_nobody_is_let_in_by_a_token_that_names_no_workspace(api: Api) -> None:
    grace = Person(api)
    added(api, "somebody-else", "owner")
    stranger, missing = grace.ask("GET", "/packages"), api.get("/packages/pkg_1")
    assert stranger.status == 404
    assert without_id(stranger.json) == without_id(missing.json)


@every("role", Role)
def test_a_member_may_what_their_role_stands_for_from_the_next_request_on(api: Api, role: Role) -> None:
    grace = Person(api)
    added(api, "grace", role)
    may_write = Scope.PACKAGES_WRITE in CAPABILITIES[role]
    assert grace.status("GET", "/packages") == 200
    assert grace.status("POST", "/packages", PACKAGE) == (201 if may_write else 403)
    may_administer = Scope.MEMBERS_WRITE in CAPABILITIES[role]
    assert may_administer is (role is Role.OWNER)
    body = {"user_id": "linus", "role": "viewer"}
    assert grace.status("POST", "/members", body) == (201 if may_administer else 403)


def test_a_change_and_a_removal_hold_from_the_next_request_on(api: Api) -> None:
    grace = Person(api)
    added(api, "grace", "operator", "red")
    package = grace.ask("POST", "/packages", PACKAGE | {"subject": {"tenant": "red"}}).json
    assert patched(api, {"role": "viewer", "tenants": ["blue"]}).status == 200
    assert grace.status("POST", "/packages", PACKAGE) == 403
    assert grace.status("GET", f"/packages/{package['id']}") == 404
    assert api.request("DELETE", "/members/grace").status == 204
    assert grace.status("GET", "/packages") == 404
    assert [api.request("DELETE", "/members/grace").status, api.get("/members/grace").status] == [404, 404]
    assert api.get("/members").json["items"] == []


def test_a_token_that_names_workspaces_is_the_whole_truth(api: Api) -> None:
    added(api, "grace", "owner")
    elsewhere = api.asked_by(make_token(sub="grace", workspaces={"elsewhere": {"role": "owner"}}))
    assert elsewhere.get("/packages", headers=HERE).status == 404
    nowhere = api.asked_by(make_token(sub="grace", workspaces={}))
    assert nowhere.get("/packages", headers=HERE).status == 404
    viewer = api.asked_by(make_member_token("viewer", sub="grace"))
    assert viewer.post("/packages", PACKAGE).status == 403


def test_a_token_without_workspaces_must_name_one(api: Api) -> None:
    added(api, "grace", "owner")
    grace = api.asked_by(make_token(sub="grace", workspaces=None))
    assert grace.get("/packages").code == "WORKSPACE_REQUIRED"
    for name in ("acme#member", "ACME", "*", "acme,elsewhere", "größe", "elsewhere"):
        assert grace.get("/packages", headers={"holdfast-workspace": name}).status == 404


@every(
    ("claims", "status"),
    [({"roles": ["ADMIN"]}, 201), ({"scope": "packages:write"}, 201), ({"scope": "ADMIN"}, 403)],
)
def test_roles_and_scopes_of_the_token_hold_for_members_and_for_nobody_else(
    api: Api, claims: dict[str, Any], status: int
) -> None:
    grace = Person(api, **claims)
    assert grace.status("POST", "/packages", PACKAGE) == 404
    added(api)
    assert grace.status("POST", "/packages", PACKAGE) == status


def test_adding_again_changes_nothing_and_otherwise_is_a_conflict(api: Api) -> None:
    member = added(api, "grace", "viewer", "red")
    again = api.post("/members", {"user_id": "grace", "role": "viewer", "tenants": ["red", "red"]})
    assert (again.status, again.json) == (200, member)
    for other in ({"role": "owner", "tenants": ["red"]}, {"role": "viewer"}):
        answer = api.post("/members", {"user_id": "grace", **other})
        assert (answer.status, answer.code) == (409, "MEMBER_EXISTS")


def test_an_idempotency_key_gives_the_same_answer_again(api: Api) -> None:
    body, key = {"user_id": "grace", "role": "viewer"}, {"idempotency-key": "k"}
    answers = [api.post("/members", body, headers=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json


def test_what_is_not_named_stays_and_what_is_so_already_is_no_change(api: Api) -> None:
    added(api, "grace", "viewer", "red")
    assert patched(api, {"role": "operator"}).json["tenants"] == ["red"]
    assert patched(api, {"tenants": []}).json["role"] == "operator"
    assert patched(api, {"tenants": ["blue", "*"]}).json["tenants"] == ["*"]
    for nothing in ({}, {"role": "operator"}, {"tenants": ["*"]}):
        assert patched(api, nothing).headers["etag"] == '"4"'


@every(("tag", "status"), [('"1"', 200), ("*", 200), ('"9", "1"', 200), ('"2"', 409), ("1", 409), ("", 409)])
def test_a_change_of_what_has_changed_since_is_left(api: Api, tag: str, status: int) -> None:
    added(api)
    answer = patched(api, {"role": "operator"}, if_match=tag)
    assert answer.status == status
    if status == 409:
        assert answer.code == "MEMBER_CHANGED"
        assert api.get("/members/grace").json["role"] == "viewer"


@every("tenant", ["red", "*"])
def test_nobody_gives_a_tenant_that_they_are_not_entitled_to(api: Api, tenant: str) -> None:
    added(api)
    limited = api.asked_by(make_member_token("owner", tenants=("blue",)))
    body = {"user_id": "linus", "role": "viewer", "tenants": [tenant]}
    assert limited.post("/members", body).status == 404
    assert patched(limited, {"tenants": [tenant]}).status == 404
    assert patched(limited, {"tenants": ["blue"]}).json["tenants"] == ["blue"]
    assert limited.post("/members", body | {"tenants": ["blue"]}).status == 201


def test_tenants_that_are_not_yours_are_neither_shown_nor_taken_away(api: Api) -> None:
    added(api, "grace", "viewer", "red", "blue")
    limited = api.asked_by(make_member_token("owner", tenants=("blue",)))
    assert limited.get("/members/grace").json["tenants"] == ["blue"]
    assert limited.get("/members").json["items"][0]["tenants"] == ["blue"]
    assert patched(limited, {"tenants": []}).json["tenants"] == []
    assert api.get("/members/grace").json["tenants"] == ["red"]


def test_the_last_owner_stays(api: Api) -> None:
    added(api, "grace", "owner")
    added(api, "linus", "viewer")
    refusals = [
        api.request("DELETE", "/members/grace"),
        patched(api, {"role": "manager"}),
        Person(api).ask("DELETE", "/membership"),
    ]
    assert [(answer.status, answer.code) for answer in refusals] == [(409, "LAST_OWNER")] * 3
    assert patched(api, {"role": "owner"}, "linus").status == 200
    assert Person(api).status("DELETE", "/membership") == 204
    assert api.request("DELETE", "/members/linus").code == "LAST_OWNER"


@every("role", Role)
def test_a_member_may_leave_whatever_their_role(api: Api, role: Role) -> None:
    grace = Person(api)
    added(api, "grace", role)
    added(api, "linus", "owner")
    assert [grace.status("DELETE", "/membership"), grace.status("GET", "/packages")] == [204, 404]


def test_who_belongs_by_their_token_alone_has_nothing_here_to_leave(api: Api) -> None:
    assert api.request("DELETE", "/membership").status == 404


def test_a_chain_tells_everything_and_goes_on_when_somebody_comes_back(api: Api) -> None:
    added(api, "linus", "owner")
    added(api, "grace", "viewer", "red")
    patched(api, {"role": "owner"})
    api.request("DELETE", "/members/grace")
    assert added(api, "grace", "manager")["revision"] == 4
    Person(api).ask("DELETE", "/membership")
    events = audit.events(items.partition(WORKSPACE, "member", "grace"), limit=10)
    assert first_bad(events) is None
    assert [event.action.rpartition(":")[2] for event in events] == [
        *("added", "changed", "removed", "added", "left")
    ]
    assert events[1].payload == {
        "user_id": "grace",
        "before": {"role": "viewer", "tenants": ["red"]},
        "after": {"role": "owner", "tenants": ["red"]},
    }
    assert [event.actor for event in events] == ["ada", "ada", "ada", "ada", "grace"]


def test_members_are_listed_over_pages_in_the_order_they_came(api: Api) -> None:
    names = [f"user-{number}" for number in range(5)]
    for name in names:
        added(api, name)
    pages, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/members?limit=2{cursor and f'&cursor={cursor}'}").json
        pages.append([member["user_id"] for member in page["items"]])
        cursor = page["next_cursor"]
    assert [name for page in pages for name in page] == names
    assert max(len(page) for page in pages) == 2


@every("user_id", ["", "a/b", "a b", "a#b", "../x", "é", "x" * 201, 5, None, "-a", "a%2Fb", "a\n"])
def test_a_user_whom_no_address_can_name_is_refused(api: Api, user_id: object) -> None:
    assert api.post("/members", {"user_id": user_id, "role": "viewer"}).status == 422


@every("user_id", ["auth0|5f", "a.b@example.org", "6f1c7c1e-1111-5111-8111-111111111111", "_x", "a:b;c=d"])
def test_a_user_may_be_named_as_issuers_name_them(api: Api, user_id: str) -> None:
    added(api, user_id)
    assert api.get(f"/members/{quote(user_id)}").json["user_id"] == user_id
    assert Person(api, user_id).status("GET", "/packages") == 200


@every(
    "body", [{"role": "king"}, {"role": "owner", "tenants": ["RED"]}, {"role": "owner", "tenants": "*"}, {}]
)
def test_a_membership_that_cannot_be_meant_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/members", {"user_id": "grace", **body}).status == 422
