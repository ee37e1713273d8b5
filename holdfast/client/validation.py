"""Between JSON and models: what a caller gives and a service answers, checked."""

from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from holdfast.errors import InputError, UnexpectedAnswer

Model = TypeVar("Model", bound=BaseModel)


class AnyObject(RootModel[dict[str, Any]]):
    """A JSON object."""


def check(model: type[Model], values: dict[str, Any]) -> Model:
    """`values` as `model`. Raises `InputError` (INVALID_REQUEST) naming each field and the rule it breaks."""
    try:
        return model(**values)
    except ValidationError as error:
        broken = [
            f"{_field(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise InputError("INVALID_REQUEST", "; ".join(broken)) from error


def parse(model: type[Model], body: bytes) -> Model:
    """The answer `body` as `model`. Raises `UnexpectedAnswer` when it is none: this is not Holdfast."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        message = f"The answer is no {model.__name__}: {error.error_count()} fields are missing or wrong."
        raise UnexpectedAnswer(
            "UNEXPECTED_ANSWER",
            message,
            next_step="Check that the URL is Holdfast's, and the versions of both.",
        ) from error


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "request"
