"""JSON Schema, draft 2020-12, as a client may send one: sound, closed in itself, bounded in work.

`format` is an annotation here and refuses nothing, because libraries differ in what a format means. A
reference may lead only to a place inside the schema. The number of followed references is bounded. So a
schema that refers to itself without end, or doubles at each step, is reported as a breach and is not a fault.
Other costly keywords, such as a regular expression, are checked in a process of their own that is stopped
after some seconds of work (`json_schema_subprocess`).
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_REFERENCES = 10_000
MAX_BREACHES = 20
MAX_RULE_CHARACTERS = 200
REFERENCES = ("$ref", "$dynamicRef")
COSTLY = (*REFERENCES, "pattern", "patternProperties", "uniqueItems")
MAX_PRODUCT = 4_000_000  # largest product of schema bytes and value bytes that is checked in this process
# jsonschema raises these for a part that only a reference makes a schema, and for numbers beyond a float
UNUSABLE_PARTS = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, re.error)
UNUSABLE = "the schema contains a part that cannot be applied"
ENDLESS = f"the schema refers to itself more than {MAX_REFERENCES} (MAX_REFERENCES) times"


class Breach(NamedTuple):
    """The place where a value breaks a schema, such as `a.0.b` (empty for the whole value), and the rule."""

    where: str
    rule: str


class _Endless(Exception):
    """The check followed more references than are allowed."""


def flaw(schema: dict[str, Any]) -> str | None:
    """Return the reason why `schema` cannot be used; None when it can."""
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        return f"`$schema` must be {DIALECT} or be left out"
    if found := _flaw_of_part(schema, ""):
        return found
    return next((_flaw_of_reference(schema, reference) for reference in _references(schema)), None)


def breaches_here(schema: dict[str, Any], value: Any) -> list[Breach]:
    """Return at most 20 places where `value` breaks `schema`, a schema without a `flaw`, in this process.

    The check may take any time.
    """
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    try:
        errors = list(islice(_validator(schema).iter_errors(value), MAX_BREACHES))
    except (_Endless, RecursionError):
        return [Breach("", ENDLESS)]
    except Unresolvable as error:
        return [
            Breach(
                "", f"the schema refers to a part that it does not contain: {error.ref}"[:MAX_RULE_CHARACTERS]
            )
        ]
    except (UnknownType, *UNUSABLE_PARTS):
        return [Breach("", UNUSABLE)]
    return sorted(_breach(error) for error in errors)


def is_cheap(schema: dict[str, Any], value: Any) -> bool:
    """Return whether checking `value` takes little time: no costly keyword, and a small schema and value."""
    written = json.dumps(schema)
    return (
        not any(f'"{keyword}"' in written for keyword in COSTLY)
        and len(written) * len(json.dumps(value)) <= MAX_PRODUCT
    )


def _breach(error: "ValidationError") -> Breach:
    where = ".".join(str(part) for part in error.absolute_path)
    return Breach(where[:MAX_RULE_CHARACTERS], error.message[:MAX_RULE_CHARACTERS])


def _flaw_of_part(schema: Any, introduced: str) -> str | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path) or "the schema"
        return f"{introduced}{where}: {error.message}"[:MAX_RULE_CHARACTERS]
    return None


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, child in part.items():
            if name in REFERENCES and isinstance(child, str):
                yield child
            yield from _references(child)
    elif isinstance(part, list):
        for child in part:
            yield from _references(child)


def _flaw_of_reference(schema: dict[str, Any], reference: str) -> str | None:
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    if not reference.startswith("#"):
        return f"{reference!r} leads out of the schema; only references that start with # are followed"
    resource = DRAFT202012.create_resource(schema)
    try:
        found = Registry().with_resource("", resource).resolver().lookup(reference).contents
    except Unresolvable:
        return f"{reference!r} leads to nothing in the schema"
    return _flaw_of_part(found, f"{reference!r} leads to a part that is not a schema: ")


def _validator(schema: dict[str, Any]) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    followed = 0

    def with_count(keyword: str) -> Any:
        follow = Draft202012Validator.VALIDATORS[keyword]

        def check(validator: Any, reference: Any, instance: Any, part: Any) -> Iterator[Any]:
            nonlocal followed
            followed += 1
            if followed > MAX_REFERENCES:
                raise _Endless
            yield from follow(validator, reference, instance, part) or ()

        return check

    keywords = {keyword: with_count(keyword) for keyword in REFERENCES}
    bounded = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]  # no types there
    made: Validator = bounded(schema, registry=Registry())
    return made
