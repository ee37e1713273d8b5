"""Limits for the JSON documents of a request: metadata, configurations and schemas.

Each has a largest size and a largest depth.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import rfc8785

MAX_DEPTH = 64  # every reader and writer of JSON has its own limit; all are far above this one
T = TypeVar("T")


def at_most(limit: int, name: str) -> Callable[[T], T]:
    """Return a validator for values of at most `limit` bytes as canonical JSON; `name` names the limit."""

    def check(value: T) -> T:
        try:
            size = len(rfc8785.dumps(cast(Any, value)))
        except UnicodeEncodeError:  # what the library raises for a surrogate in a key
            raise ValueError("holds what JSON cannot carry exactly: a key has a lone surrogate") from None
        except rfc8785.CanonicalizationError as error:
            raise ValueError(
                f"must have only values that JSON can carry; JSON cannot carry exactly: {error}"
            ) from error
        if size > limit:
            raise ValueError(f"must be at most {limit} ({name}) bytes as JSON, not {size}")
        return value

    return check


def shallow(name: str, limit: int = MAX_DEPTH) -> Callable[[Any], Any]:
    """Return a validator for values of at most `limit` nested levels; `name` names the limit."""

    def check(value: Any) -> Any:
        if deeper_than(limit, value):
            raise ValueError(f"must have at most {limit} ({name}) nested levels")
        return value

    return check


def deeper_than(limit: int, value: Any) -> bool:
    """Return whether `value` nests more than `limit` levels. A flat object or list has one level."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > limit:
            return True
        level = [child for found in level for child in _nested(found)]
    return False


def _nested(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [child for child in children if isinstance(child, (dict, list))]
