"""What a request carries, read and checked: its body, its query."""

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
    """Return the query as a mapping; a name that is given more than once has a list."""
    given = request.query_params
    values = {name: given.getlist(name) for name in given} if given else {}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def read_body(model: type[ModelT], request: Request) -> ModelT:
    """Read the JSON body as `model`.

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
    """The body as it was sent; Chalice gives text when there is none."""
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def parse_json(raw: bytes) -> Any:
    """The JSON value in `raw`; `Malformed` for anything else, NaN and endless nesting included."""
    try:
        # decoded here: left to itself, `json` would guess UTF-16 and let surrogates through
        return json.loads(raw.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(MALFORMED_JSON, "The body is not valid JSON in UTF-8.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def validate(model: type[ModelT], values: Any) -> ModelT:
    """Return `values` as `model`; raise `Invalid` that names each field and rule."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise problems.invalid(error) from None
