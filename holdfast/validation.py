"""Pydantic's complaints about what a caller gave, as an `InputError` that names fields and rules."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from holdfast.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], values: dict[str, Any]) -> Model:
    """`values` as `model`. Raises `InputError` (INVALID_REQUEST) naming each field and the rule it breaks."""
    try:
        return model(**values)
    except ValidationError as error:
        broken = [f"{_field(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise InputError("INVALID_REQUEST", "; ".join(broken)) from error


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "request"
