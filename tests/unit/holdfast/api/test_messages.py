"""Broken rules in words, and numbers with the right unit."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import holdfast.api
from holdfast.api.deployments import Deploy
from holdfast.api.members import Add
from holdfast.api.messages import field_path, quantity, rule_in_words, rule_sentence
from holdfast.api.packages import Create
from holdfast.api.patterns import RULES
from holdfast.api.releases import NewRelease
from holdfast.api.retention import Extend
from holdfast.api.schema import Request
from holdfast.client.validation import check
from holdfast.errors import InputError

SLUG_RULE = "must have only lower-case letters, digits, and single `.`, `_` or `-` between them"
HEX = "64 lower-case hex digits"
CREATE = {"producer": "p", "kind": "junit", "name": "n"}
RELEASE = {"digest": "0" * 64, "feature": "f", "contract": [{"name": "n", "type": "string"}]}


def broken(model: type[BaseModel], values: dict[str, Any]) -> list[str]:
    """Return a sentence for each rule that the values break."""
    with pytest.raises(ValidationError) as error:
        model(**values)
    return [rule_sentence(field_path(found["loc"]), rule_in_words(found)) for found in error.value.errors()]


@pytest.mark.parametrize(
    ("model", "values", "sentence"),
    [
        (Create, CREATE | {"kind": "No Slug"}, f"kind {SLUG_RULE}"),
        (Create, CREATE | {"name": ""}, "name must have at least 1 character"),
        (Create, CREATE | {"metadata": {"a": b"x"}}, "metadata.a must be a JSON value"),
        (
            Create,
            CREATE | {"metadata": {"\ud800": 1}},
            "metadata holds what JSON cannot carry exactly: a key has a lone surrogate",
        ),
        (Create, CREATE | {"name": "n" * 201}, "name must have at most 200 characters"),
        (Create, CREATE | {"colour": "red"}, "colour is not a known field"),
        (Create, {"producer": "p", "kind": "junit"}, "name is required"),
        (Create, CREATE | {"metadata": []}, "metadata must be an object"),
        (Add, {"user_id": "u", "role": "king"}, "role must be 'viewer', 'operator', 'manager' or 'owner'"),
        (
            Add,
            {"user_id": "u", "role": "owner", "tenants": ["A b"]},
            f"tenants.0 {SLUG_RULE}, or be `*` for all tenants",
        ),
        (NewRelease, RELEASE | {"limits": {"timeout_s": 0}}, "limits.timeout_s must be at least 1"),
        (NewRelease, RELEASE | {"limits": {"timeout_s": True}}, "limits.timeout_s must be an integer"),
        (NewRelease, RELEASE | {"contract": []}, "contract must have at least 1 entry"),
        (
            NewRelease,
            RELEASE | {"digest": "A" * 43 + "="},
            f"The request needs the SHA-256 of the zip as `digest` ({HEX}) for the runtime bundle",
        ),
        (
            Extend,
            {"reason": "r"},
            "The request must name exactly one of expires_at, extend_days, retention_class",
        ),
    ],
)
def test_a_broken_rule_is_a_sentence(model: type[BaseModel], values: dict[str, Any], sentence: str) -> None:
    assert broken(model, values) == [sentence]


def test_every_pattern_of_the_contract_has_its_rule_in_words() -> None:
    patterns = {found for model in requests() for found in patterns_in(model.model_json_schema())}
    assert len(patterns) > 5
    assert patterns <= {*RULES}


def test_no_rule_shows_a_pattern() -> None:
    assert not [rule for pattern, rule in RULES.items() if pattern in rule or "\\" in rule or "^" in rule]


def test_the_client_names_each_field_and_its_rule() -> None:
    with pytest.raises(InputError) as error:
        check(Deploy, {"slug": "No Slug", "title": "t", "hooks": ["A b"]})
    assert [found["field"] for found in error.value.details["errors"]] == ["slug", "hooks.0.name"]
    assert error.value.message == f"slug {SLUG_RULE}. hooks.0.name {SLUG_RULE}."


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [(1, "file", "1 file"), (2, "file", "2 files"), (0, "entry", "0 entries"), (3, "day", "3 days")],
)
def test_number_and_unit_agree(number: int, noun: str, words: str) -> None:
    assert quantity(number, noun) == words


def requests() -> set[type[Request]]:
    """Return every request model of the contract."""
    for path in Path(str(holdfast.api.__file__)).parent.glob("*.py"):
        import_module(f"holdfast.api.{path.stem}" if path.stem != "__init__" else "holdfast.api")
    found, pending = set[type[Request]](), [Request]
    while pending:
        children = pending.pop().__subclasses__()
        found.update(child for child in children if child.__module__.startswith("holdfast.api"))
        pending += children
    return found


def patterns_in(schema: Any) -> set[str]:
    """Return all patterns in a JSON schema."""
    if isinstance(schema, list):
        return {found for entry in schema for found in patterns_in(entry)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own | {found for entry in schema.values() for found in patterns_in(entry)}
