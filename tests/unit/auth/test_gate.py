"""Every route's gate: who is let in, who is told no, and who is told nothing."""

from typing import Any

import pytest

from chalicelib.auth.models import CAPABILITIES
from chalicelib.dynamodb.transaction import transact
from chalicelib.http.routes import PUBLIC, Route
from chalicelib.operations.service import lifecycle
from holdfast.api.auth import Role, Scope
from holdfast.api.operations import Operation
from tests.support.api import Api
from tests.support.factories import make_actor, make_member_token, make_order, make_token
from tests.support.problems import assert_problem, without_id
from tests.support.routes import ask, guarded_routes, member_routes, named, service_routes

OWNER = {"role": "owner", "tenants": ["*"]}
ELSEWHERE = {"holdfast-workspace": "elsewhere"}
every = pytest.mark.parametrize


@pytest.fixture
def ids(api: Api) -> dict[str, Any]:
    """A package and an operation of `acme` that exist."""
    package = api.post("/packages", {"producer": "nightly", "kind": "junit", "name": "unit tests"}).json
    return {"package_id": package["id"], "operation_id": queued(package["id"]).id}


def queued(package_id: str, **about: Any) -> Operation:
    """An operation of `acme`."""
    with transact() as transaction:
        return lifecycle.queue(transaction, make_order(package_id, **about), actor=make_actor()).operation


@every("route", guarded_routes(), ids=named)
def test_without_a_token_every_route_is_closed(api: Api, route: Route) -> None:
    answer = ask(api.asked_by(None), route)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


def test_only_health_and_signed_urls_are_public() -> None:
    public = {named(route) for route in service_routes() if route.scope == PUBLIC}
    assert public == {"GET /health", "GET /storage/objects", "PUT /storage/objects"}


def names_a_record(route: Route) -> bool:
    """Whether the path names what is there already, not what the request makes."""
    makes = {"POST /hooks/{name}/bundles", "POST /hooks/{name}/releases"}
    return bool(route.path_names) and named(route) not in makes


@every("method", ["GET", "PUT"])
def test_a_url_that_is_not_signed_is_worth_as_much_as_no_token(api: Api, method: str) -> None:
    answer = api.request(method, "/storage/objects?key=main/acme/x&size=1&expires=9999999999", body=b"x")
    assert (answer.status, answer.code) == (401, "SIGNED_URL_REFUSED")


@every("route", member_routes(), ids=named)
def test_a_workspace_that_is_not_yours_is_not_there(api: Api, route: Route, ids: dict[str, Any]) -> None:
    missing = api.get("/packages/pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    answer = ask(api, route, headers=ELSEWHERE, **ids)
    assert answer.status == missing.status == 404
    assert_problem(answer.json, status=404)
    assert without_id(answer.json) == without_id(missing.json)


@every("route", [route for route in member_routes() if names_a_record(route)], ids=named)
def test_a_record_of_another_workspace_answers_as_one_that_does_not_exist(
    api: Api, route: Route, ids: dict[str, Any]
) -> None:
    stranger = api.asked_by(make_token(workspaces={"elsewhere": OWNER}, roles=["ADMIN"]))
    there, missing = ask(stranger, route, **ids), ask(stranger, route)
    assert there.status == missing.status == 404
    assert without_id(there.json) == without_id(missing.json)
    assert {name: value for name, value in there.headers.items() if name != "x-request-id"} == {
        name: value for name, value in missing.headers.items() if name != "x-request-id"
    }


@every("route", member_routes(), ids=named)
def test_a_member_without_the_scope_is_told_which_it_is(api: Api, route: Route) -> None:
    nobody = api.asked_by(make_member_token("viewer"))
    answer = ask(nobody, route)
    if route.scope in CAPABILITIES[Role.VIEWER]:
        assert answer.status not in {401, 403}
    else:
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
        assert answer.json["details"] == {"scope": str(route.scope)}


@every("route", member_routes(), ids=named)
@every("claims", [{"roles": ["ADMIN"]}, {"scope": " ".join(Scope)}])
def test_a_role_or_a_scope_of_the_token_opens_what_the_membership_does_not(
    api: Api, route: Route, claims: dict[str, Any]
) -> None:
    assert ask(api.asked_by(make_member_token("viewer", **claims)), route).status not in {401, 403}


def test_admin_is_a_role_and_not_a_scope_to_be_asked_for(api: Api) -> None:
    asker = api.asked_by(make_member_token("viewer", scope="ADMIN"))
    body = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
    assert asker.post("/packages", body).status == 403


def test_an_admin_is_one_only_in_the_workspaces_of_the_token(api: Api) -> None:
    admin = api.asked_by(make_token(roles=["ADMIN"], workspaces={"acme": OWNER}))
    assert admin.get("/packages").status == 200
    assert admin.get("/packages", headers={"holdfast-workspace": "elsewhere"}).status == 404


@every("workspaces", [{}, {"acme": OWNER, "elsewhere": OWNER}])
def test_a_token_that_leaves_the_workspace_open_must_name_one(
    api: Api, workspaces: dict[str, object]
) -> None:
    asker = api.asked_by(make_token(workspaces=workspaces))
    answer = asker.get("/packages")
    assert (answer.status, answer.code) == (422, "WORKSPACE_REQUIRED")
    named_one = asker.get("/packages", headers={"holdfast-workspace": "acme"})
    assert named_one.status == (200 if workspaces else 404)


@every("workspace", ["ACME", "acme ", " acme", "acme#", "*", "acme,elsewhere", "größe"])
def test_a_workspace_is_named_exactly(api: Api, workspace: str) -> None:
    assert api.get("/packages", headers={"holdfast-workspace": workspace}).status == 404


@every("path", ["/openapi.json", "/errors", "/errors/NOT_FOUND"])
def test_what_the_service_says_of_itself_needs_a_token_and_no_workspace(api: Api, path: str) -> None:
    assert api.asked_by(make_token(workspaces={})).get(path).status == 200


@every("tenants", [("blue",), ()])
@every("route", [route for route in member_routes() if "package_id" in route.path_names], ids=named)
def test_a_member_who_is_not_entitled_to_the_tenant_is_told_nothing(
    api: Api, route: Route, tenants: tuple[str, ...]
) -> None:
    body = {"producer": "p", "kind": "junit", "name": "n", "subject": {"tenant": "red"}}
    package_id = api.post("/packages", body).json["id"]
    member = api.asked_by(make_member_token("owner", tenants=tenants))
    there, missing = ask(member, route, package_id=package_id), ask(member, route)
    assert there.status == missing.status == 404
    assert without_id(there.json) == without_id(missing.json)


def test_an_operation_of_a_tenant_is_for_who_may_see_the_tenant(api: Api) -> None:
    operation = queued("pkg_1", tenant="red")
    statuses = {
        tenant: api.asked_by(make_member_token("viewer", tenants=(tenant,)))
        .get(f"/operations/{operation.id}")
        .status
        for tenant in ("red", "blue", "*")
    }
    assert statuses == {"red": 200, "blue": 404, "*": 200}


def test_an_admin_sees_every_tenant_of_the_workspace(api: Api) -> None:
    body = {"producer": "p", "kind": "junit", "name": "n", "subject": {"tenant": "red"}}
    package_id = api.post("/packages", body).json["id"]
    admin = api.asked_by(make_member_token("viewer", tenants=("blue",), roles=["ADMIN"]))
    assert admin.get(f"/packages/{package_id}").status == 200


def test_what_a_token_does_is_done_in_the_name_of_its_subject(api: Api) -> None:
    body = {"producer": "p", "kind": "junit", "name": "n"}
    assert api.asked_by(make_token(sub="grace")).post("/packages", body).json["created_by"] == "grace"
