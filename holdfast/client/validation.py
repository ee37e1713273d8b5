"""Checks of the values that a caller gives, and of the answers of the service."""

from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from holdfast.api.messages import field_path, rule_in_words, rule_sentence
from holdfast.errors import InputError, UnexpectedAnswer

Model = TypeVar("Model", bound=BaseModel)


class AnyObject(RootModel[dict[str, Any]]):
    """A JSON object."""


def check(model: type[Model], values: dict[str, Any]) -> Model:
    """Return `values` as a `model`.

    Raises `InputError` (INVALID_REQUEST). `details["errors"]` names each field and the rule that it breaks.
    """
    try:
        return model(**values)
    except ValidationError as error:
        errors = [
            {"field": field_path(found["loc"]), "rule": rule_in_words(found)} for found in error.errors()
        ]
        message = ". ".join(rule_sentence(**found) for found in errors)
        raise InputError("INVALID_REQUEST", f"{message}.", errors=errors) from error


def parse(model: type[Model], body: bytes) -> Model:
    """Return the answer `body` as a `model`.

    Raises `UnexpectedAnswer` when the body does not fit: something else than Holdfast has answered.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = f"Fields that are missing or wrong: {error.error_count()}."
        message = f"The answer does not have the form of {model.__name__}. {wrong}"
        raise UnexpectedAnswer(
            "UNEXPECTED_ANSWER",
            message,
            next_step="Check the URL, and compare the versions of the client and the service.",
        ) from error
