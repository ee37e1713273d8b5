"""JSON documents that a client sends whole (metadata, configurations, schemas): bounded in size and depth."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import rfc8785

MAX_DEPTH = 64  # far below where readers and writers of JSON give up, each at its own depth

T = TypeVar("T")


def at_most(limit: int, name: str) -> Callable[[T], T]:
    """A validator: the value takes at most `limit` bytes as canonical JSON; `name` is the limit's."""

    def check(value: T) -> T:
        try:
            size = len(rfc8785.dumps(cast(Any, value)))
        except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
            raise ValueError(f"holds what JSON cannot carry exactly: {error}") from error
        if size > limit:
            raise ValueError(f"is {size} bytes as JSON; at most {limit} ({name}) are allowed")
        return value

    return check


def shallow(name: str, limit: int = MAX_DEPTH) -> Callable[[Any], Any]:
    """A validator: the value nests at most `limit` levels; `name` is the limit's."""

    def check(value: Any) -> Any:
        if deeper_than(limit, value):
            raise ValueError(f"nests deeper than the {limit} ({name}) levels allowed")
        return value

    return check


def deeper_than(limit: int, value: Any) -> bool:
    """Whether `value` nests more than `limit` levels of objects and lists; a flat one has one level."""
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
