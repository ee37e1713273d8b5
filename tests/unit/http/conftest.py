"""A small app of its own behind the real edge, for what no route of the service does on purpose."""

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.app import Chalice, Request

from chalicelib.core.errors import Conflict, Forbidden, Unauthenticated, Unavailable
from chalicelib.http import routes
from chalicelib.http.routes import PUBLIC, Answer, Routes
from holdfast.api.codes import NOT_FOUND, UNAVAILABLE
from holdfast.api.schema import Entity, Text
from holdfast.api.schema import Request as Body
from tests.support.api import Api


class Thing(Body):
    """What the small app takes."""

    name: Text
    number: int = 0


class Search(Body):
    """What the small app's list takes."""

    limit: int = 10
    word: str | None = None


class Asker(Entity):
    """Who asks the small app: whoever the header `asker` names."""

    user_id: str
    workspace: str = "acme"


class Edge(Api):
    """A client of the small app; `calls` is what its views were called with."""

    calls: list[Any]


def gate(request: Request, scope: str) -> Asker:
    """Let everybody in who says who they are."""
    name = request.headers.get("asker")
    if name is None:
        raise Unauthenticated(NOT_FOUND, "Say who you are.")
    if name == "viewer" and scope != "things:read":
        raise Forbidden(NOT_FOUND, "Viewers only look.", scope=scope)
    return Asker(user_id=name)


def views(bp: Routes, calls: list[Any]) -> None:
    """Declare what the small app does."""

    @bp.post("/things", scope="things:write", status=201, creates=True)
    def create_thing(body: Thing, actor: Asker, idempotency_key: str | None) -> Thing:
        calls.append((body, actor.user_id, idempotency_key))
        if body.name == "taken":
            raise Conflict(NOT_FOUND, "It is taken.")
        return body.model_copy(update={"number": len(calls)})

    @bp.get("/things", scope="things:read")
    def list_things(query: Search) -> Search:
        calls.append(query)
        return query

    @bp.get("/things/{name}/{part}", scope=PUBLIC)
    def get_thing(name: str, part: str) -> dict[str, Any]:
        calls.append((name, part))
        return {"name": name, "part": part}

    @bp.delete("/things/{name}/{part}", scope=PUBLIC, status=204)
    def delete_thing(name: str, part: str) -> Answer:
        return Answer(None, headers={"X-Gone": f"{name}.{part}"})


def failing_views(bp: Routes) -> None:
    """Declare what goes wrong in the small app."""

    @bp.get("/fault", scope=PUBLIC)
    def fault() -> Thing:
        raise LookupError("the password is hunter2")

    @bp.get("/outage", scope=PUBLIC)
    def outage() -> Thing:
        cause = ConnectionError("the host table-7 hangs up")
        raise Unavailable(UNAVAILABLE, "Try again shortly.", retry_after_s=7) from cause


@pytest.fixture
def edge(moto_table: object) -> Iterator[Edge]:  # noqa: ARG001  idempotency needs its table
    """A client of the small app; the service's own routes are as they were afterwards."""
    before = len(routes.routes)
    calls: list[Any] = []
    bp = Routes(__name__, gate=gate)
    views(bp, calls)
    failing_views(bp)
    served = Chalice(app_name="edge", configure_logs=False)
    served.register_middleware(routes.capture, event_type="http")
    served.register_blueprint(bp)
    client = Edge(served=served)
    client.calls = calls
    yield client
    del routes.routes[before:]
