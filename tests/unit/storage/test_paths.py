import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.storage.paths import normalize
from holdfast.api.paths import MAX_PATH_BYTES, broken_rule


@pytest.mark.parametrize(
    "path", ["a", "run.json", "raw/opencmis-tck/1.xml", "a b/c d", "Ärger/日本.txt", "...", "a/..b", "-"]
)
def test_a_path_in_order_stays_as_it_is(path: str) -> None:
    assert normalize(path) == path


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("", "not empty"),
        ("/a", "relative"),
        ("C:a", "drive letter"),
        ("c:/a", "drive letter"),
        (".", "'.'"),
        ("a/./b", "'.'"),
        ("a/../b", "'..'"),
        ("..", "'..'"),
        ("a//b", "empty segment"),
        ("a/", "empty segment"),
        ("a\\b", "backslash"),
        ("a\x00b", "NUL"),
        ("a\nb", "control character"),
        ("a\x7fb", "control character"),
        (" a", "leading or trailing space"),
        ("a /b", "leading or trailing space"),
        ("a/ b", "leading or trailing space"),
        ("\ud800", "valid Unicode"),
        ("é" * (MAX_PATH_BYTES // 2) + "x", "1024 UTF-8 bytes"),
    ],
)
def test_a_broken_path_is_told_which_rule_it_breaks(path: str, rule: str) -> None:
    with pytest.raises(Invalid, match="INVALID_PATH") as refusal:
        normalize(path)

    assert rule in refusal.value.details["rule"]


def test_a_path_may_be_as_long_as_the_limit() -> None:
    assert broken_rule("x" * MAX_PATH_BYTES) is None


def test_paths_that_look_the_same_are_the_same() -> None:
    assert normalize("cafe\u0301") == normalize("caf\u00e9")


def test_paths_that_differ_by_case_are_two() -> None:
    assert normalize("README") != normalize("readme")


@given(st.text())
def test_what_passes_is_normal_and_passes_again(text: str) -> None:
    if broken_rule(text) is None:
        path = normalize(text)
        assert unicodedata.is_normalized("NFC", path)
        assert normalize(path) == path
