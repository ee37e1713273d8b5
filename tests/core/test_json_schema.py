from typing import Any

import pytest

from chalicelib.core.json_schema import ENDLESS, MAX_BREACHES, Breach, breaches, flaw

DOUBLING = {
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
        "d40": {"type": "object"},
    },
    "$ref": "#/$defs/d0",
}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "required": ["commit"], "additionalProperties": False},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"$defs": {"a": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a"}}},
        {"$id": "https://example.org/mine", "$defs": {"a": {}}, "$ref": "#/$defs/a"},
        {"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"},
    ],
)
def test_a_sound_schema_has_no_flaw(schema: dict[str, Any]) -> None:
    assert flaw(schema) is None


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"type": "text"}, "type"),
        ({"properties": {"a": {"minimum": "1"}}}, "properties.a.minimum"),
        ({"properties": {"a": {"pattern": "("}}}, "properties.a.pattern"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "2020-12"),
        ({"$ref": "https://example.org/other"}, "leads out"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "leads out"),
        ({"$dynamicRef": "http://127.0.0.1/x"}, "leads out"),
        ({"allOf": [{"$ref": "#/$defs/lost"}]}, "leads to nothing"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told_why(schema: dict[str, Any], word: str) -> None:
    assert word in str(flaw(schema))


def test_what_a_value_breaks_is_told_by_place() -> None:
    schema = {
        "required": ["commit"],
        "properties": {"count": {"type": "integer"}, "runs": {"items": {"type": "string"}}},
    }
    found = breaches(schema, {"count": "1", "runs": ["a", 2]})
    assert found == [
        Breach("", "'commit' is a required property"),
        Breach("count", "'1' is not of type 'integer'"),
        Breach("runs.1", "2 is not of type 'string'"),
    ]
    assert breaches(schema, {"commit": "0", "count": 1}) == []


def test_a_format_refuses_nothing() -> None:
    assert breaches({"properties": {"at": {"format": "date-time"}}}, {"at": "yesterday"}) == []


def test_few_of_many_breaches_are_told_and_none_at_length() -> None:
    found = breaches({"additionalProperties": {"type": "string"}}, {f"{n}": [0] * 1000 for n in range(100)})
    assert len(found) == MAX_BREACHES
    assert max(len(breach.rule) for breach in found) <= 200


@pytest.mark.parametrize("schema", [{"$ref": "#"}, DOUBLING, {"allOf": [{"$dynamicRef": "#"}]}])
def test_a_schema_that_leads_on_without_end_is_a_breach_and_no_fault(schema: dict[str, Any]) -> None:
    assert flaw(schema) is None
    assert breaches(schema, {}) == [Breach("", ENDLESS)]


def test_a_reference_that_is_only_lost_where_it_is_followed_is_a_breach() -> None:
    schema = {"$defs": {"a": {"$id": "https://example.org/a/", "$ref": "#/$defs/b"}, "b": {}}}
    assert flaw(schema | {"$ref": "#/$defs/a"}) is None
    [found] = breaches(schema | {"$ref": "#/$defs/a"}, {})
    assert "does not hold" in found.rule
