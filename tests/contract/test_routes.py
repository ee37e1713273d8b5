"""Walks every route that exists: its scope, its words, its refusals (docs/development/style.md)."""

import json
from typing import Any

import pytest

from app import app
from chalicelib.http.openapi import statuses
from chalicelib.http.routes import PUBLIC, SIGNED_IN, Route
from holdfast.api.auth import Scope
from holdfast.api.codes import catalogue
from tests.support.api import Api
from tests.support.problems import assert_problem
from tests.support.routes import EXAMPLES, IDS, ask, guarded_routes, named, service_routes, target

every_route = pytest.mark.parametrize("route", service_routes(), ids=named)
guarded = pytest.mark.parametrize("route", guarded_routes(), ids=named)


def test_there_are_routes_to_walk() -> None:
    assert len(service_routes()) >= 17


@every_route
def test_every_route_declares_a_scope_that_can_be_had(route: Route) -> None:
    assert route.scope in {PUBLIC, SIGNED_IN, *Scope}


def test_no_route_is_served_that_was_not_declared_with_a_scope() -> None:
    served = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert served == {named(route) for route in service_routes()}


def test_every_scope_is_needed_somewhere() -> None:
    assert set(Scope) <= {route.scope for route in service_routes()}


@every_route
def test_every_route_says_what_it_does_in_a_sentence(route: Route) -> None:
    assert route.summary.endswith(".")
    assert route.summary[0].isupper()


@every_route
def test_every_route_answers_with_a_model_or_plain_bytes(route: Route) -> None:
    for status, answer in route.answers.items():
        assert answer is None or isinstance(answer, type), status
        assert answer is not str


LEAVING = "DELETE /membership"  # whoever is a member may stop being one


@every_route
def test_every_route_that_changes_something_wants_a_scope_to_do_so(route: Route) -> None:
    if route.method != "GET" and route.scope != PUBLIC and named(route) != LEAVING:
        assert str(route.scope).endswith((":write", ":manage"))


@every_route
def test_every_route_has_an_example_that_breaks_no_rule(route: Route) -> None:
    if route.body:
        assert route.body.model_validate(EXAMPLES[route.body])
    assert set(route.path_names) <= set(IDS)


def test_views_have_names_of_their_own() -> None:
    names = [route.view.__name__ for route in service_routes()]
    assert len(names) == len(set(names))


def test_paths_are_nouns_in_kebab_case() -> None:
    for route in service_routes():
        plain = [part for part in route.path.split("/") if part and not part.startswith("{")]
        assert all(part == part.lower() and "_" not in part for part in plain), route.path


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("no JSON", {"body": b"{"}),
    ("NaN", {"body": b'{"a": NaN}'}),
    ("no UTF-8", {"body": b"\xff"}),
    ("no object", {"body": [1]}),
    ("an unknown field", {"body": {"colour": "red"}}),
    ("another media type", {"body": b"a=1", "headers": {"content-type": "text/plain"}}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda found: found[0])
@pytest.mark.parametrize("route", [route for route in service_routes() if route.body], ids=named)
def test_a_broken_body_is_refused_in_the_one_shape(api: Api, route: Route, broken: tuple[str, Any]) -> None:
    answer = api.request(route.method, target(route), **broken[1])
    assert answer.status in {400, 415, 422}
    assert answer.status in statuses(route)
    assert_problem(answer.json, status=answer.status)


@pytest.mark.parametrize(
    "query", ["colour=red", "limit=0", "limit=1&limit=2", "cursor=%00", "limit=%F0%9F%98%80"]
)
@pytest.mark.parametrize("route", [route for route in service_routes() if route.query], ids=named)
def test_a_broken_query_is_refused_in_the_one_shape(api: Api, route: Route, query: str) -> None:
    joint = "&" if "?" in target(route) else "?"
    answer = api.request(route.method, f"{target(route)}{joint}{query}")
    if "cursor" in query and answer.status == 404:
        return  # a list of something that is not there
    assert answer.status == 422
    assert_problem(answer.json, status=422)


# the first bundle and the first release are of a hook that is not there yet
BEGINNING = {"POST /hooks/{name}/bundles", "POST /hooks/{name}/releases"}


@guarded
def test_what_is_not_there_is_refused_in_the_one_shape(api: Api, route: Route) -> None:
    answer = ask(api, route)
    assert answer.status in statuses(route)
    assert answer.status == 404 or not route.path_names or named(route) in BEGINNING
    if answer.status >= 400:
        assert_problem(answer.json, status=answer.status)


@every_route
def test_nobody_is_refused_in_another_shape(api: Api, route: Route) -> None:
    answer = ask(api.asked_by(None), route)
    assert answer.status in statuses(route)
    if answer.status >= 400:
        assert_problem(answer.json, status=answer.status)


@every_route
def test_a_method_that_a_route_has_not_is_refused_in_the_one_shape(api: Api, route: Route) -> None:
    answer = api.request("TRACE", target(route))
    assert_problem(answer.json, status=405)
    assert route.method in answer.headers["allow"].split(", ")


@every_route
def test_every_answer_echoes_the_request_id(api: Api, route: Route) -> None:
    answer = ask(api, route, headers={"x-request-id": "req-of-the-test"})
    assert answer.headers["x-request-id"] == "req-of-the-test"


@every_route
def test_no_answer_may_be_taken_for_a_page(api: Api, route: Route) -> None:
    assert ask(api, route).headers["content-type"] in {"application/json", "application/problem+json"}


def test_every_error_has_a_page_in_the_catalogue(api: Api) -> None:
    listed = api.get("/errors").json["items"]
    assert {entry["code"] for entry in listed} >= set(catalogue)
    for entry in listed:
        assert api.get(f"/errors/{entry['code']}").json == entry


def test_the_type_of_a_problem_is_the_address_of_its_page(api: Api) -> None:
    refused = api.get("/packages/absent").json
    page = api.get(refused["type"])
    assert page.status == 200
    assert (page.json["code"], page.json["title"]) == (refused["code"], refused["title"])
    assert json.dumps(page.json)
