"""The body and the query of a request, parsed and checked."""

import json
from typing import Any, NoReturn, TypeVar

from chalice.app import Request
from pydantic import BaseModel, ValidationError

from chalicelib.core.errors import Malformed, TooLarge, Unsupported
from chalicelib.http import problems
from holdfast.api.codes import BODY_TOO_LARGE, MALFORMED_JSON, UNSUPPORTED_MEDIA_TYPE

MAX_BODY_BYTES = 6 * 1024 * 1024

ModelT = TypeVar("ModelT", bound=BaseModel)


def query_values(request: Request) -> dict[str, Any]:
    """Return the query as a mapping; a name that is given several times has a list of values."""
    given = request.query_params
    values = {name: given.getlist(name) for name in given} if given else {}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def read_body(model: type[ModelT], request: Request) -> ModelT:
    """Parse the JSON body and return it as `model`; an empty body counts as `{}`.

    Raises `TooLarge`, `Unsupported`, `Malformed` or `Invalid`.
    """
    raw = body_bytes(request)
    if len(raw) > MAX_BODY_BYTES:
        raise TooLarge(BODY_TOO_LARGE, f"The body has {len(raw)} bytes; at most {MAX_BODY_BYTES} are read.")
    declared = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if raw and declared != "application/json":
        raise Unsupported(UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
    return validate(model, parse_json(raw) if raw else {})


def body_bytes(request: Request) -> bytes:
    """Return the body as it was sent. Chalice gives text when there is no body."""
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def parse_json(raw: bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises `Malformed` for anything else, also for NaN and for nesting without end.
    """
    try:
        # decode first: `json` by itself would guess UTF-16 and accept surrogates
        return json.loads(raw.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(MALFORMED_JSON, "The body is not valid JSON in UTF-8.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def validate(model: type[ModelT], values: Any) -> ModelT:
    """Return `values` as `model`; raise `Invalid`, which names each field and the rule that it breaks."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise problems.invalid(error) from None
