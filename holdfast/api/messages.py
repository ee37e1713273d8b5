"""Messages for people: broken rules of a request in words, and numbers with the right unit.

A rule is a predicate that follows the name of a field: "is required", "must be an integer".
It shows no regular expression, and no value that was sent.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from holdfast.api.patterns import RULES

# stands for the field where a rule is about several fields, or about all of the request
WHOLE_BODY = "(body)"

# by the types of error that pydantic knows; every value is from the model, none is from the request
PREDICATES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_parsing_size": "must be a smaller integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "datetime_type": "must be a date-time",
    "datetime_parsing": "must be a date-time",
    "datetime_from_date_parsing": "must be a date-time",
    "timezone_aware": "must have a time zone, such as `Z`",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "invalid-json-value": "must be a JSON value",
}

LENGTHS = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "entry"),
    "too_long": ("at most", "max_length", "entry"),
}


def rule_in_words(error: Mapping[str, Any]) -> str:
    """Return the rule that is broken, as a predicate; `error` is one of pydantic's `errors()`."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return RULES.get(context["pattern"], "has characters that are not allowed here")
    if kind in LENGTHS:
        bound, limit, noun = LENGTHS[kind]
        return f"must have {bound} {quantity(context[limit], noun)}"
    if kind in PREDICATES:
        return PREDICATES[kind].format(**context)
    if kind != "value_error":  # the words of a type that is not listed are pydantic's own
        return "is not valid"
    message: str = error["msg"]
    return message.removeprefix("Value error, ")


def field_path(location: Iterable[int | str]) -> str:
    """Return the path of a field, such as `limits.timeout_s`; WHOLE_BODY when no single field is at fault."""
    return ".".join(str(part) for part in location) or WHOLE_BODY


def rule_sentence(field: str, rule: str) -> str:
    """Return the field and its rule as one sentence, without the full stop."""
    return f"{'The request' if field == WHOLE_BODY else field} {rule}"


def quantity(number: int, noun: str) -> str:
    """Return the number with its noun, which is given in the singular: `1 file`, `2 files`, `0 entries`."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a regular English noun: `files`, `entries`."""
    ends_in_consonant_and_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{noun[:-1]}ies" if ends_in_consonant_and_y else f"{noun}s"
