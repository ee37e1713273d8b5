"""The description follows from the declarations: what a route takes, answers and refuses."""

from typing import Any

import pytest

from chalicelib.http.openapi import describe
from chalicelib.http.routes import routes
from tests.unit.http.conftest import Edge


@pytest.fixture
def described(edge: Edge) -> dict[str, Any]:
    """The paths of the small app's description."""
    assert edge
    paths: dict[str, Any] = whole()["paths"]
    return paths


def whole() -> dict[str, Any]:
    """The small app's description."""
    own = [route for route in routes if route.path.startswith(("/things", "/fault"))]
    return describe(own, version="1.2.3")


def test_a_description_names_its_version_and_how_to_sign_in(edge: Edge) -> None:
    assert edge
    assert whole()["openapi"] == "3.1.0"
    assert whole()["info"]["version"] == "1.2.3"
    assert whole()["security"] == [{"bearer": []}]
    assert whole()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_every_route_is_one_operation_named_after_its_view(described: dict[str, Any]) -> None:
    named = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, operations in described.items()
        for method, operation in operations.items()
    }
    assert named == {
        "GET /fault": "fault",
        "GET /things": "list_things",
        "POST /things": "create_thing",
        "GET /things/{name}/{part}": "get_thing",
        "DELETE /things/{name}/{part}": "delete_thing",
    }


def test_a_body_is_described_by_its_model_and_refuses_what_it_does_not_name(
    described: dict[str, Any],
) -> None:
    body = described["/things"]["post"]["requestBody"]
    assert body["required"] is True
    reference = body["content"]["application/json"]["schema"]["$ref"]
    schema = whole()["components"]["schemas"][reference.rpartition("/")[2]]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["name"]


def test_parameters_come_from_path_query_and_headers(described: dict[str, Any]) -> None:
    def parameters(path: str, method: str) -> dict[str, tuple[str, bool]]:
        listed = described[path][method]["parameters"]
        return {found["name"]: (found["in"], found["required"]) for found in listed}

    assert parameters("/things/{name}/{part}", "get") == {"name": ("path", True), "part": ("path", True)}
    assert parameters("/things", "get") == {
        "limit": ("query", False),
        "word": ("query", False),
        "Holdfast-Workspace": ("header", False),
    }
    assert parameters("/things", "post") == {
        "Holdfast-Workspace": ("header", False),
        "Idempotency-Key": ("header", False),
    }


def test_a_public_route_wants_no_token_and_any_other_says_its_scope(described: dict[str, Any]) -> None:
    public, guarded = described["/things/{name}/{part}"]["get"], described["/things"]["get"]
    assert public["security"] == []
    assert "security" not in guarded
    assert (public.get("x-holdfast-scope"), guarded["x-holdfast-scope"]) == (None, "things:read")


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/fault", "get", [200, 503]),
        ("/things/{name}/{part}", "get", [200, 404, 503]),
        ("/things/{name}/{part}", "delete", [204, 404, 503]),
        ("/things", "get", [200, 401, 403, 404, 422, 503]),
        ("/things", "post", [201, 400, 401, 403, 404, 409, 413, 415, 422, 503]),
    ],
)
def test_the_statuses_of_a_route_follow_from_its_shape(
    described: dict[str, Any], path: str, method: str, expected: list[int]
) -> None:
    assert list(described[path][method]["responses"]) == [str(status) for status in expected]


def test_what_a_route_answers_is_described_and_every_refusal_is_a_problem(described: dict[str, Any]) -> None:
    created = described["/things"]["post"]["responses"]
    assert "/Thing" in created["201"]["content"]["application/json"]["schema"]["$ref"]
    problem = {"$ref": "#/components/schemas/Problem"}
    assert {status: answer["content"] for status, answer in created.items() if status != "201"} == {
        str(status): {"application/problem+json": {"schema": problem}}
        for status in (400, 401, 403, 404, 409, 413, 415, 422, 503)
    }
    plain = described["/things/{name}/{part}"]
    assert plain["get"]["responses"]["200"]["content"] == {"application/json": {"schema": {"type": "object"}}}
    assert "content" not in plain["delete"]["responses"]["204"]
