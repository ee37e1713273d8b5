"""The OpenAPI 3.1 description. It is generated from the declared routes and their models."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.http.idempotency import KEY
from chalicelib.http.problems import PROBLEM_JSON
from chalicelib.http.routes import PUBLIC, SIGNED_IN, Route

REF = "#/components/schemas/{model}"
# where two models have one name, pydantic puts the module's before it; generated clients keep the first names
KEPT_NAMES = {
    "holdfast__api__operations__Explanation": "chalicelib__operations__presentation__models__Explanation",
    "holdfast__api__operations__Failure": "chalicelib__operations__models__Failure",
    "holdfast__api__operations__Subject": "chalicelib__operations__models__Subject",
    "holdfast__api__packages__Failure": "chalicelib__packages__models__Failure",
    "holdfast__api__packages__Subject": "chalicelib__packages__models__Subject",
    "holdfast__api__retention__Explanation": "chalicelib__retention__explanation__models__Explanation",
    "holdfast__api__storage__Verdict": "chalicelib__storage__certificates__models__Verdict",
    "holdfast__api__verifications__Verdict": "chalicelib__packages__verdicts__models__Verdict",
}
JSON = "application/json"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong and what to do about it (RFC 9457).",
    "required": ["type", "title", "status", "code", "message", "details", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Page of the error catalogue."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"},
        "message": {"type": "string"},
        "details": {"type": "object"},
        "request_id": {"type": "string"},
    },
}


def describe(routes: Iterable[Route], *, version: str) -> dict[str, Any]:
    """Return the whole description, with one operation per route, ordered by path and method."""
    ordered = sorted(routes, key=lambda route: (route.path, route.method))
    schemas, definitions = _schemas(ordered)
    paths: dict[str, dict[str, Any]] = {}
    for route in ordered:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Holdfast",
            "version": version,
            "description": "An evidence ledger and release gate: packages are kept, every byte provable.",
        },
        "servers": [{"url": "/api"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def statuses(route: Route) -> list[int]:
    """Return every status that `route` may answer with.

    These are the declared statuses, and those that follow from the shape of the route.
    """
    found = {*route.answers, 503}
    if route.scope != PUBLIC:
        found |= {401, 422}
    if route.scope not in (PUBLIC, SIGNED_IN):
        found |= {403, 404}
    if route.body:
        found |= {400, 413, 415, 422}
    if route.query:
        found |= {422}
    if route.method != "GET" and route.scope != PUBLIC:
        found |= {409}
    if route.path_names:
        found |= {404}
    return sorted(found | set(route.refusals))


def _schemas(routes: list[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], Any], None] = {}
    for route in routes:
        for model in (route.body, route.query):
            if model:
                wanted[model, "validation"] = None
        for answer in route.answers.values():
            if _is_model(answer):
                wanted[answer, "serialization"] = None
    made, document = models_json_schema(list(wanted), ref_template=REF)
    mapping = {key: _with_kept_names(schema) for key, schema in made.items()}
    definitions: dict[str, Any] = _with_kept_names(document.get("$defs", {}))
    for query in {route.query for route in routes if route.query}:
        # a query is described parameter by parameter; only what its fields refer to is a component
        definitions.pop(mapping[query, "validation"]["$ref"].rpartition("/")[2])
    return mapping, definitions


def _with_kept_names(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {KEPT_NAMES.get(name, name): _with_kept_names(part) for name, part in schema.items()}
    if isinstance(schema, list):
        return [_with_kept_names(part) for part in schema]
    if isinstance(schema, str) and schema.startswith(REF.format(model="")):
        name = schema.removeprefix(REF.format(model=""))
        return REF.format(model=KEPT_NAMES.get(name, name))
    return schema


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": route.summary,
        "tags": [re.split(r"[/{]", route.path)[1]],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {str(status): _response(route, status, schemas) for status in statuses(route)},
    }
    if route.scope == PUBLIC:
        operation["security"] = []
    else:
        operation["x-holdfast-scope"] = str(route.scope)
    if route.body:
        required = any(field.is_required() for field in route.body.model_fields.values())
        content = {JSON: {"schema": schemas[route.body, "validation"]}}
        operation["requestBody"] = {"required": required, "content": content}
    elif route.reads:
        schema = {"type": "string", "format": "binary"}
        operation["requestBody"] = {"required": True, "content": {route.reads: {"schema": schema}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.path_names
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    parameters = []
    if route.scope not in (PUBLIC, SIGNED_IN):
        about = "The workspace that is meant; may be left out by a token of one workspace."
        parameters.append(_header("Holdfast-Workspace", about))
    if route.creates:
        about = "Makes the request safe to send again for 24 hours."
        schema = {"type": "string", "pattern": f"^{KEY.pattern}$"}
        parameters.append(_header("Idempotency-Key", about) | {"schema": schema})
    if route.matches:
        about = "The `ETag` that was seen; what has changed since then is left alone (409)."
        parameters.append(_header("If-Match", about))
    return parameters


def _header(name: str, about: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": about,
        "schema": {"type": "string"},
    }


def _response(route: Route, status: int, schemas: dict[Any, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status not in route.answers:
        response["content"] = {PROBLEM_JSON: {"schema": {"$ref": REF.format(model="Problem")}}}
        return response
    answer = route.answers[status]
    if answer is bytes:
        response["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    elif _is_model(answer):
        response["content"] = {JSON: {"schema": schemas[answer, "serialization"]}}
    elif answer is dict:
        response["content"] = {JSON: {"schema": {"type": "object"}}}
    if status == HTTPStatus.FOUND:
        response["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    return response


def _is_model(answer: Any) -> bool:
    return isinstance(answer, type) and issubclass(answer, BaseModel)
