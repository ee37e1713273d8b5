import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.validation.globs import matches, matches_any
from holdfast.api.globs import Glob


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("a.xml", "a.xml"),
        ("*.xml", "a.xml"),
        ("?.xml", "a.xml"),
        ("[ab].xml", "b.xml"),
        ("**", "a/b/c"),
        ("**/*.xml", "a.xml"),
        ("**/*.xml", "a/b/c.xml"),
        ("reports/**", "reports/a/b"),
        ("reports/**/x/*", "reports/x/a"),
        ("reports/**/x/*", "reports/a/x/x/a"),
        ("a*/b*", "ab/bc"),
    ],
)
def test_a_glob_matches(pattern: str, path: str) -> None:
    assert matches(pattern, path)
    assert matches_any(["other", pattern], path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.xml", "a/b.xml"),
        ("*.xml", "a.XML"),
        ("?.xml", "ab.xml"),
        ("a/*", "a/b/c"),
        ("a/**/c", "a/b"),
        ("reports/**", "report/a"),
        ("a.xml", "a_xml"),
    ],
)
def test_a_glob_does_not_match(pattern: str, path: str) -> None:
    assert not matches(pattern, path)
    assert not matches_any([], path)


def test_a_pattern_that_would_make_others_backtrack_is_matched_in_few_steps() -> None:
    # what took time exponential in the stars would never end here
    assert not matches("*a" * 250 + "b", "a" * 1000)
    assert not matches("/".join(["**", "a"] * 50) + "/b", "/".join(["a"] * 500))


@pytest.mark.parametrize("pattern", ["", "/a", "a//b", "a/../b", "./a", "a/", "a" * 513])
def test_a_glob_that_could_match_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Glob).validate_python(pattern)
