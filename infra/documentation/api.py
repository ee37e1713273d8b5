"""The page of the API: every route and every model, from the OpenAPI description and the declared routes."""

import inspect
from typing import Any

from chalicelib.http.openapi import statuses
from chalicelib.http.routes import PUBLIC, SIGNED_IN, Route, routes
from chalicelib.web.service import catalogue as service
from infra.documentation.markdown import anchor, code, table

REF = "#/components/schemas/"
PROBLEM = "Problem"
SUCCESS = 200
REDIRECT = 300
WITHOUT_SCOPE = {PUBLIC: "none, and no token is needed", SIGNED_IN: "none: any token that is valid is enough"}

INTRODUCTION = """
# The API

The paths of this page are below `/api`. `GET /api/openapi.json` serves the same as OpenAPI 3.1.

- A request carries a token, `Authorization: Bearer TOKEN`, unless the route says otherwise. A token that has
  no workspaces of its own names the workspace in the header `Holdfast-Workspace`.
- A request body is JSON. A field that the model does not have is refused with 422 `INVALID_REQUEST`.
- An error is `application/problem+json`; see [errors](errors.md). A status 503 may come from every route.
- A list is answered as `{"items": [...], "next_cursor": ...}`. A page may hold fewer items than `limit`. Send
  `next_cursor` as `cursor` for the next page, until it is null.
- With an `Idempotency-Key`, a request that is sent again within 24 hours has the same answer. The routes that
  take the header say so.
- Every answer has the header `X-Request-Id`. A request may bring its own.

## Routes
"""

MODELS = """
## Models

A field that is *required* is always there. `null` among the types says that it may be null.
"""


def text() -> str:
    """Return the page."""
    schemas = service.description()["components"]["schemas"]
    ordered = sorted(routes, key=lambda route: (route.path, route.method))
    index = table(
        ("route", "what it does"),
        [(f"[`{title(route)}`](#{anchor(title(route))})", route.summary) for route in ordered],
    )
    sections = [_section(route) for route in ordered]
    models = [
        _model(name, schema) for name, schema in sorted(schemas.items(), key=lambda pair: label(pair[0]))
    ]
    return "\n\n".join([INTRODUCTION.strip(), index, *sections, MODELS.strip(), *models])


def title(route: Route) -> str:
    """Return the heading of a route."""
    return f"{route.method} {route.path}"


def label(name: str) -> str:
    """Return the name of a model on this page; a name that two models share is followed by the domain."""
    parts = name.split("__")
    return parts[-1] if len(parts) == 1 else f"{parts[-1]} of {parts[1]}"


def _section(route: Route) -> str:
    described = service.description()["paths"][route.path][route.method.lower()]
    parts = [
        f"### {title(route)}",
        inspect.getdoc(route.view) or "",
        f"Scope: {_scope(route)}.",
        _parameters(described),
        _body(route, described),
        _answers(route, described),
    ]
    return "\n\n".join(part for part in parts if part)


def _scope(route: Route) -> str:
    return WITHOUT_SCOPE.get(route.scope, code(route.scope))


def _parameters(described: dict[str, Any]) -> str:
    rows = [
        (code(found["name"]), found["in"], _required(found), kind(found["schema"]), _words(found))
        for found in described["parameters"]
    ]
    return table(("parameter", "in", "required", "type", "meaning"), rows) if rows else ""


def _body(route: Route, described: dict[str, Any]) -> str:
    if "requestBody" not in described:
        return ""
    body = described["requestBody"]
    [(media_type, content)] = body["content"].items()
    needed = "" if body.get("required") else ", optional"
    return f"Body ({media_type}{needed}): {kind(content.get('schema', {})) or route.reads}."


def _answers(route: Route, described: dict[str, Any]) -> str:
    rows = []
    for status in statuses(route):
        answer = described["responses"][str(status)]
        kinds = ", ".join(
            _content(media_type, content.get("schema", {}))
            for media_type, content in answer.get("content", {}).items()
        )
        if status < REDIRECT:
            rows.append((str(status), kinds or "nothing", answer["description"]))
    refused = ", ".join(str(status) for status in statuses(route) if status >= REDIRECT)
    return f"{table(('status', 'answer', 'meaning'), rows)}\n\nRefused with: {refused}."


def _content(media_type: str, schema: dict[str, Any]) -> str:
    return kind(schema) if media_type == "application/json" and kind(schema) else f"{media_type}"


def _model(name: str, schema: dict[str, Any]) -> str:
    component = "" if label(name) == name else f"In OpenAPI: `{name}`."
    parts = [
        f"### {label(name)}",
        component,
        " ".join(schema.get("description", "").split()),
        _fields(schema),
    ]
    return "\n\n".join(part for part in parts if part)


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (code(name), "yes" if name in required else "", kind(field), _words(field))
        for name, field in schema.get("properties", {}).items()
    ]
    if rows:
        return table(("field", "required", "type", "meaning"), rows)
    return f"{kind(schema)}." if "enum" in schema else f"One of: {kind(schema)}."


def kind(schema: dict[str, Any]) -> str:
    """Return the type of a value in words, with links to models."""
    if "$ref" in schema:
        name = label(schema["$ref"].removeprefix(REF))
        return f"[{name}](#{anchor(name)})"
    for words in ("anyOf", "oneOf"):
        if words in schema:
            return " or ".join(dict.fromkeys(kind(part) for part in schema[words]))
    if "allOf" in schema:
        return " and ".join(kind(part) for part in schema["allOf"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if "const" in schema:
        return code(str(schema["const"]))
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    found = str(schema.get("type", ""))
    if found == "array":
        of = kind(schema.get("items", {}))
        return f"list of {of}" if of else "list"
    if found == "object":
        of = (
            kind(schema["additionalProperties"])
            if isinstance(schema.get("additionalProperties"), dict)
            else ""
        )
        return f"object of {of}" if of else "object"
    named = {"string": schema.get("format", "string"), "null": "null"}
    return str(named.get(found, found)) or "any JSON"


def _required(found: dict[str, Any]) -> str:
    return "yes" if found.get("required") else ""


LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} entries",
    "maxProperties": "at most {} entries",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
}


def _words(field: dict[str, Any]) -> str:
    """Return the description of a field, its limits, its pattern and its default."""
    schema = field.get("schema", field)
    options = [schema, *schema.get("anyOf", [])]
    sentences = [field.get("description", "")]
    sentences += [
        _limit(words, option[name]) + "."
        for option in options
        for name, words in LIMITS.items()
        if name in option
    ]
    sentences += [f"Pattern `{option['pattern']}`." for option in options if "pattern" in option]
    if schema.get("default") not in (None, "", [], {}):
        sentences.append(f"Default `{schema['default']}`.")
    return " ".join(_sentence(words) for words in sentences if words)


def _limit(words: str, value: float) -> str:
    limit = words.format(f"{value:,}")
    return {"characters": limit[:-1], "items": limit[:-1], "entries": f"{limit[:-7]}entry"}.get(
        limit.rpartition(" ")[2] if value == 1 else "", limit
    )


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
