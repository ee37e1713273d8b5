"""The API answers as its own description says, whatever it is sent: no fault, no status beyond it.

Cases are derived from the description, valid ones and broken ones.
"""

import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, Response

from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.service import lifecycle
from chalicelib.web.service.catalogue import description
from holdfast.api.codes import INVALID_REQUEST
from tests.support.api import Api
from tests.support.factories import SHA256, make_actor, make_order, make_token
from tests.support.live import Service
from tests.support.problems import assert_problem

EXAMPLES = 20
# rules that JSON Schema has no word for
UNSAYABLE = (
    "cannot carry exactly",
    "(MAX_",
    "years 1970 to 8999",
    "for the runtime",
    "twice: ",
    "dot segments",
    "must name exactly one of",
    "(HOLDFAST_",  # a limit that the deployment sets
)
PLAN = {"files": [{"path": "empty.txt", "sha256": SHA256, "size": 0}]}

schema = schemathesis.openapi.from_dict(description())
schema.config.generation.update(max_examples=EXAMPLES)
schema.config.phases.coverage.unexpected_methods = {"delete", "patch", "post", "put", "trace"}
# a schema cannot say which cursors were given or which paths are in order; `shape_of_valid_data` sees to it
schema.config.checks.positive_data_acceptance.expected_statuses += ["422"]


def shape_of_valid_data(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """What the description allows is never refused for its shape."""
    valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if valid and response.status_code == 422 and response.json()["code"] == INVALID_REQUEST:
        rules = [error["rule"] for error in response.json()["details"]["errors"]]
        assert all(any(word in rule for word in UNSAYABLE) for rule in rules), rules


def shape_of_refusals(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every refusal is a problem of the one shape."""
    assert case
    if response.status_code >= 400:
        assert_problem(response.json(), status=response.status_code)


@schema.parametrize()
def test_the_api_answers_as_it_is_described(case: Case[Any], service: Service) -> None:
    aim(case)
    case.call_and_validate(
        base_url=service.url,
        headers=service.headers,
        additional_checks=[shape_of_valid_data, shape_of_refusals],
    )


def aim(case: Case[Any]) -> None:
    """Let most requests meet a record that exists, in one of its states."""
    for name, states in RECORDS.items():
        generated = (case.path_parameters or {}).get(name)
        if generated is not None:
            state = states[zlib.crc32(repr(generated).encode()) % len(states)]
            case.path_parameters[name] = state() or generated


@cache
def api() -> Api:
    """A client beside the generated requests."""
    return Api(token=make_token())


def created() -> str:
    """A new package."""
    body = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
    return str(api().post("/packages", body).json["id"])


def uploading() -> str:
    """A package whose one file, empty, has arrived."""
    package_id = created()
    [item] = api().post(f"/packages/{package_id}/uploads", PLAN).json["items"]
    target = "/storage/objects" + item["url"].partition("/storage/objects")[2]
    assert api().asked_by(None).request("PUT", target, headers=item["headers"], body=b"").status == 200
    return package_id


@cache
def finalized() -> str:
    """A finalized package."""
    package_id = uploading()
    assert api().post(f"/packages/{package_id}/finalize").status == 200
    return package_id


@cache
def queued() -> str:
    """An operation."""
    with transact() as transaction:
        made = lifecycle.queue(transaction, make_order(finalized()), actor=make_actor())
    return made.operation.id


def member() -> str:
    """A member of the workspace."""
    api().post("/members", {"user_id": "grace", "role": "viewer", "tenants": ["red"]})
    return "grace"


def as_generated() -> None:
    """Nothing that exists."""


RECORDS: dict[str, list[Callable[[], str | None]]] = {
    "package_id": [created, uploading, finalized, as_generated],
    "operation_id": [queued, as_generated],
    "user_id": [member, as_generated],
    "hold_name": [lambda: "case-7", as_generated],
    "retention_class": [lambda: "transient", as_generated],
    "code": [lambda: "NOT_FOUND", as_generated],
}
