"""The edge of the API: everything around a view. A view coerces, calls a service and returns.

`Routes` is a Chalice blueprint. Its decorators also record the facts that OpenAPI, the contract tests and the
IAM policies need. A view names the values that it wants: path parameters, `body` and `query` (pydantic
models), `actor` (the caller that the gate admitted), `idempotency_key`, `if_match`. The wrapper of each view
maps errors. Otherwise Chalice would turn a plain exception into its own 500 before any middleware sees it.
"""

import inspect
import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel

from chalicelib.core import ids
from chalicelib.core.errors import HoldfastError, Unavailable, not_found
from chalicelib.core.log import logger
from chalicelib.http import problems
from chalicelib.http.request import query_values, read_body, validate

PUBLIC = "public"
SIGNED_IN = "signed-in"
MAX_PATH_VALUE_BYTES = 256  # ids are shorter, and DynamoDB refuses a key over 2,048 bytes
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

View = Callable[..., Any]

Gate = Callable[[Request, str], Any]

V = TypeVar("V", bound=View)

routes: list["Route"] = []

_request: ContextVar[Request] = ContextVar("request")

_request_id: ContextVar[str] = ContextVar("request_id", default="none")


@dataclass(frozen=True)
class Answer:
    """The result of a view that sets a status or headers besides the body."""

    body: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One endpoint, as it was declared."""

    method: str
    path: str
    scope: str
    status: int
    view: View
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answers: dict[int, Any]
    refusals: tuple[int, ...]
    creates: bool
    reads: str | None

    @property
    def summary(self) -> str:
        """The first line of the view's docstring."""
        return (inspect.getdoc(self.view) or "").partition("\n")[0]

    @property
    def matches(self) -> bool:
        """True when the view reads `If-Match`, the revision that the caller has seen."""
        return "if_match" in inspect.signature(self.view).parameters

    @property
    def path_names(self) -> list[str]:
        """The names of the parameters in the path."""
        return re.findall(r"{(\w+)}", self.path)


class Routes(Blueprint):
    """A blueprint of views with scopes. `gate` admits the caller or raises an error."""

    def __init__(self, import_name: str, *, gate: Gate | None = None) -> None:
        super().__init__(import_name)
        self._gate = gate

    def get(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Register a view for GET; see `_register`."""
        return self._register("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Register a view for POST; see `_register`."""
        return self._register("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Register a view for PUT; see `_register`."""
        return self._register("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Register a view for PATCH; see `_register`."""
        return self._register("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[V], V]:
        """Register a view for DELETE; see `_register`."""
        return self._register("DELETE", path, **declared)

    def _register(  # noqa: PLR0913  keywords of a declaration, not a call that computes
        self,
        method: str,
        path: str,
        *,
        scope: str,
        status: int = 200,
        answers: dict[int, Any] | None = None,
        refusals: tuple[int, ...] = (),
        creates: bool = False,
        reads: str | None = None,
    ) -> Callable[[V], V]:
        """Declare an endpoint: its scope, its status on success, and its answers by status.

        `answers` adds to the model that the view's return type names. `refusals` are statuses beyond those
        that follow from the shape of the route. `reads` is the media type of a body that is not a model. With
        `creates`, an `Idempotency-Key` makes the request safe to repeat.
        """

        def decorate(view: V) -> V:
            hints = get_type_hints(view)
            route = Route(
                method=method,
                path=path,
                scope=scope,
                status=status,
                view=view,
                body=hints.get("body"),
                query=hints.get("query"),
                answers={status: _model_of(hints.get("return")), **(answers or {})},
                refusals=refusals,
                creates=creates,
                reads=reads,
            )
            routes.append(route)
            handler = _handler(route, self._gate)
            self.route(path, methods=[method], content_types=[], name=f"{method} {path}")(handler)
            return view

        return decorate


def capture(request: Request, proceed: Callable[[Request], Response]) -> Response:
    """Keep the request and its id for this thread, return the id, and give refusals the shape of a problem.

    This is Chalice middleware. It keeps a valid `X-Request-Id` of the client and makes a new id otherwise.
    """
    given = request.headers.get("x-request-id", "")
    request_id = given if REQUEST_ID.fullmatch(given) else ids.new("req")
    _request.set(request)
    _request_id.set(request_id)
    response = proceed(request)
    refused = response.status_code >= HTTPStatus.BAD_REQUEST
    if refused and response.headers.get("Content-Type") != problems.PROBLEM_JSON:
        response = problems.bare(response, request_id=request_id)
    response.headers["X-Request-Id"] = request_id
    return response


def _model_of(hint: Any) -> Any:
    """Return the model (or `dict`) that a view's return type names besides `Answer`."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return next((get_origin(kind) or kind for kind in kinds if kind is not Answer), None)


def _handler(route: Route, gate: Gate | None) -> View:
    @wraps(route.view)
    def handle(**path: str) -> Response:
        request, request_id = _request.get(), _request_id.get()
        caller: Any = None
        try:
            caller = gate(request, route.scope) if gate and route.scope != PUBLIC else None
            response = _respond(route, request, path, caller)
        except HoldfastError as error:
            if isinstance(error, Unavailable):  # the answer does not name the cause, so the log must
                logger().warning("unavailable", exc_info=True, extra={"request_id": request_id})
            response = problems.problem(error, request_id=request_id)
        except Exception:
            # boundary: Chalice would answer a fault with a page of its own, and debug mode with the trace
            logger().exception("fault", extra={"request_id": request_id})
            response = problems.fault(request_id)
        _log(route, response, request_id, caller)
        return response

    return handle


def _respond(route: Route, request: Request, path: dict[str, str], caller: Any) -> Response:
    if any(len(value.encode()) > MAX_PATH_VALUE_BYTES for value in path.values()):
        raise not_found()
    # not every gateway decodes; no id contains `%`, so decoding twice does no harm
    arguments: dict[str, Any] = {name: unquote(value) for name, value in path.items()}
    if route.body:
        arguments["body"] = read_body(route.body, request)
    if route.query:
        arguments["query"] = validate(route.query, query_values(request))
    key = request.headers.get("idempotency-key") if route.creates else None
    seen = request.headers.get("if-match")
    known = {"actor": caller, "request": request, "idempotency_key": key, "if_match": seen}
    wanted = inspect.signature(route.view).parameters
    arguments |= {name: value for name, value in known.items() if name in wanted}
    if key is None:
        return _render(route, route.view(**arguments))
    from chalicelib.http.idempotency import once

    return once(key, request, caller, lambda: _render(route, route.view(**arguments)))


def _render(route: Route, result: Any) -> Response:
    answer = result if isinstance(result, Answer) else Answer(result)
    body = answer.body
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", **answer.headers}
    if isinstance(body, BaseModel):
        body = body.model_dump_json(by_alias=True)
    elif body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body, ensure_ascii=False)
    return Response(
        body=body if body is not None else "", status_code=answer.status or route.status, headers=headers
    )


def _log(route: Route, response: Response, request_id: str, caller: Any) -> None:
    logger().info(
        "request",
        extra={
            "request_id": request_id,
            "route": f"{route.method} {route.path}",
            "status": response.status_code,
            "workspace": getattr(caller, "workspace", None),
            "actor": getattr(caller, "user_id", None),
        },
    )
