"""JSON Schema, draft 2020-12, as a client may send one: sound, closed in itself, bounded in work.

`format` is an annotation here and refuses nothing: what a format means differs between libraries.
A reference leads inside the schema only. How often references are followed is bounded, so that a
schema that refers to itself without end, or doubles at each step, is a breach and no fault. What may
take long in another way, such as a regular expression, is checked in a process of its own that is
stopped after some seconds of work (json_schema_subprocess).
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
MAX_PRODUCT = 4_000_000  # bytes of a schema times bytes of a value that are checked at once
# what jsonschema raises for a part that only a reference makes a schema, and for numbers beyond a float
UNUSABLE_PARTS = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, re.error)
UNUSABLE = "the schema leads to a part that cannot be applied"
ENDLESS = f"the schema refers to itself more than {MAX_REFERENCES} (MAX_REFERENCES) times"


class Breach(NamedTuple):
    """Where a value breaks a schema, as `a.0.b` (empty for the whole), and the rule."""

    where: str
    rule: str


class _Endless(Exception):
    """More references were followed than are allowed."""


def flaw(schema: dict[str, Any]) -> str | None:
    """Why `schema` cannot be used; None when it can."""
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        return f"only {DIALECT} is understood"
    if found := _unsound(schema, ""):
        return found
    return next((_lost(schema, reference) for reference in _references(schema)), None)


def breaches_here(schema: dict[str, Any], value: Any) -> list[Breach]:
    """Return at most 20 places where `value` breaks `schema`, which has no `flaw`, however long it takes."""
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    try:
        errors = list(islice(_validator(schema).iter_errors(value), MAX_BREACHES))
    except (_Endless, RecursionError):
        return [Breach("", ENDLESS)]
    except Unresolvable as error:
        return [Breach("", f"the schema refers to what it does not hold: {error.ref}"[:MAX_RULE_CHARACTERS])]
    except (UnknownType, *UNUSABLE_PARTS):
        return [Breach("", UNUSABLE)]
    return sorted(_breach(error) for error in errors)


def is_cheap(schema: dict[str, Any], value: Any) -> bool:
    """Whether checking `value` takes little, whatever it holds: no keyword and no size that may be costly."""
    written = json.dumps(schema)
    return (
        not any(f'"{keyword}"' in written for keyword in COSTLY)
        and len(written) * len(json.dumps(value)) <= MAX_PRODUCT
    )


def _breach(error: "ValidationError") -> Breach:
    where = ".".join(str(part) for part in error.absolute_path)
    return Breach(where[:MAX_RULE_CHARACTERS], error.message[:MAX_RULE_CHARACTERS])


def _unsound(schema: Any, introduced: str) -> str | None:
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


def _lost(schema: dict[str, Any], reference: str) -> str | None:
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
    return _unsound(found, f"{reference!r} leads to what is no schema: ")


def _validator(schema: dict[str, Any]) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    followed = 0

    def counted(keyword: str) -> Any:
        follow = Draft202012Validator.VALIDATORS[keyword]

        def check(validator: Any, reference: Any, instance: Any, part: Any) -> Iterator[Any]:
            nonlocal followed
            followed += 1
            if followed > MAX_REFERENCES:
                raise _Endless
            yield from follow(validator, reference, instance, part) or ()

        return check

    keywords = {keyword: counted(keyword) for keyword in REFERENCES}
    bounded = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]  # no types there
    made: Validator = bounded(schema, registry=Registry())
    return made
