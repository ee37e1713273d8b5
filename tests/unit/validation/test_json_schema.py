from typing import Any

import pytest

from chalicelib.validation.json_schema import (
    ENDLESS,
    MAX_BREACHES,
    UNUSABLE,
    Breach,
    flaw,
)
from chalicelib.validation.json_schema_subprocess import TOO_COSTLY, breaches

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
    assert "does not contain" in found.rule


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 60 + "!"}),
        ({"patternProperties": {"^(a|a)*$": {}}}, {"a" * 60 + "!": 1}),
    ],
)
def test_a_pattern_that_would_take_years_is_a_breach_within_seconds(
    schema: dict[str, Any], value: dict[str, Any]
) -> None:
    assert flaw(schema) is None
    assert breaches(schema, value) == [Breach("", TOO_COSTLY)]


def test_what_is_checked_in_a_process_of_its_own_is_told_as_everything_else() -> None:
    schema = {"properties": {"rig": {"pattern": "^[a-z]+$"}, "runs": {"uniqueItems": True}}}
    assert breaches(schema, {"rig": "north", "runs": [1, 2]}) == []
    assert breaches(schema, {"rig": "größe\U0001f600", "runs": []}) == [
        Breach("rig", "'größe\U0001f600' does not match '^[a-z]+$'")
    ]


@pytest.mark.parametrize("part", [{"pattern": "("}, {"type": "nonsense"}, {"minimum": "1"}, 1])
def test_a_reference_to_what_is_no_schema_is_told_when_it_is_sent(part: Any) -> None:
    assert "leads to a part that is not a schema" in str(flaw({"odd": part, "$ref": "#/odd"}))


@pytest.mark.parametrize("part", [{"pattern": "("}, {"type": "nonsense"}, {"minimum": "1"}])
def test_a_part_that_only_a_reference_below_an_id_makes_a_schema_is_a_breach_and_no_fault(part: Any) -> None:
    inner = {"$id": "https://example.org/a", "$ref": "#/odd", "odd": part}
    schema = {"$defs": {"a": inner}, "odd": {}, "properties": {"x": {"$ref": "#/$defs/a"}}}
    assert flaw(schema) is None
    assert breaches(schema, {"x": 1 if "minimum" in part else "a"}) == [Breach("", UNUSABLE)]


def test_a_number_beyond_every_float_is_a_breach_and_no_fault() -> None:
    assert breaches({"properties": {"a": {"multipleOf": 0.1}}}, {"a": 10**400}) == [Breach("", UNUSABLE)]
