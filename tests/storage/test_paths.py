"""The rules of logical paths, one by one (packages.md, "Logical paths")."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.storage.paths import INVALID_PATH, MAX_PATH_BYTES, broken_rule, normalize

CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
ALLOWED = [
    "a",
    "a/b/c.txt",
    ".hidden",
    "..hidden/...",
    "a b/c d",
    "ab:c",
    "a/b:c",
    "1:/x",
    "ab:/x",
    "a/C:",
    "~/x",
    "-rf",
    "con/aux/nul",
    "a\u00a0",
    "\u200b",
    "a?b*c|d<e>\"'",
    "%2e%2e/%2f",
    "\U0001f600/\u6f22\u5b57",
]

segments = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\:"), min_size=1, max_size=20
    )
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: text == text.strip(" ") and text not in {".", ".."} and "/" not in text)
)
paths = st.lists(segments, min_size=1, max_size=6).map("/".join)


def refused(path: str) -> str:
    """The rule that the refusal of `path` names."""
    with pytest.raises(Invalid) as refusal:
        normalize(path)
    assert refusal.value.code == INVALID_PATH
    assert refusal.value.details["rule"] in refusal.value.message
    return str(refusal.value.details["rule"])


@pytest.mark.parametrize("path", ALLOWED)
def test_what_no_rule_forbids_is_a_path(path: str) -> None:
    assert normalize(path) == path


def test_an_empty_path_is_refused_by_name() -> None:
    assert refused("") == "a path is not empty"


@pytest.mark.parametrize("path", ["/", "/a", "//a", "/../a"])
def test_an_absolute_path_is_refused_by_name(path: str) -> None:
    assert "relative" in refused(path)


@pytest.mark.parametrize("path", ["C:", "c:/x", "Z:x", "\u212a:/x"])
def test_a_drive_letter_is_refused_by_name_also_when_only_nfc_shows_it(path: str) -> None:
    assert "drive letter" in refused(path)


@pytest.mark.parametrize("path", [".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a/../../b"])
def test_a_dot_segment_is_refused_by_name(path: str) -> None:
    assert "'.' and no '..' segment" in refused(path)


@pytest.mark.parametrize("path", ["a//b", "a/", "a/b//", "a///b"])
def test_an_empty_segment_is_refused_by_name(path: str) -> None:
    assert "empty segment" in refused(path)


@pytest.mark.parametrize("path", ["a\\b", "\\", "\\\\server\\share", "C:\\x", "a/b\\"])
def test_a_backslash_is_refused_by_name(path: str) -> None:
    assert "backslash" in refused(path)


@pytest.mark.parametrize("character", CONTROL, ids=lambda character: f"{ord(character):02x}")
def test_every_control_character_is_refused_by_name(character: str) -> None:
    assert "control character" in refused(f"a{character}b")


@pytest.mark.parametrize("path", [" ", " a", "a ", "a/ b", "a /b", "a/b ", "a/ /b", ". ", " .."])
def test_a_space_at_either_end_of_a_segment_is_refused_by_name(path: str) -> None:
    assert "leading or trailing space" in refused(path)


@pytest.mark.parametrize("path", ["\ud800", "a/\udfff", "\ud83d\ude00"])
def test_a_lone_surrogate_is_refused_by_name_and_shown_escaped(path: str) -> None:
    assert "valid Unicode" in refused(path)
    with pytest.raises(Invalid) as refusal:
        normalize(path)
    assert refusal.value.message.encode()


def test_1024_bytes_are_a_path_and_1025_are_not() -> None:
    assert normalize("a" * MAX_PATH_BYTES) == "a" * 1024
    assert "1024 UTF-8 bytes" in refused("a" * 1025)


@pytest.mark.parametrize(("character", "size"), [("\u00e9", 2), ("\u6f22", 3), ("\U0001f600", 4)])
def test_the_limit_counts_utf8_bytes_not_characters(character: str, size: int) -> None:
    full = character * (1024 // size)
    filled = full + "a" * (1024 - len(full.encode()))
    assert normalize(filled) == filled
    assert "1024" in refused(f"{filled}a")


def test_the_limit_counts_bytes_after_nfc() -> None:
    decomposed = "e\u0301" * 512
    assert len(decomposed.encode()) == 1536
    assert normalize(decomposed) == "\u00e9" * 512
    assert "1024" in refused(f"{decomposed}a")
    grows = "\u0958" * 180  # composition-excluded: NFC makes two characters, 6 bytes, of these 3
    assert len(grows.encode()) <= 1024
    assert "1024" in refused(grows)


def test_two_spellings_that_are_equal_in_nfc_are_one_path() -> None:
    assert normalize("caf\u00e9/\u00c5") == normalize("cafe\u0301/A\u030a") == normalize("caf\u00e9/\u212b")


def test_compatibility_characters_stay_what_they_are() -> None:
    assert normalize("\ufb01/\uff21") == "\ufb01/\uff21"


def test_paths_that_differ_by_case_are_two() -> None:
    assert normalize("README") != normalize("readme")


def test_a_refusal_shows_at_most_200_characters_of_the_path() -> None:
    with pytest.raises(Invalid) as refusal:
        normalize("/" + "a" * 5000)
    assert len(refusal.value.details["path"]) == 200


@given(paths)
def test_any_spelling_of_a_path_in_order_is_that_path(path: str) -> None:
    assume(broken_rule(path) is None)
    assert normalize(path) == path
    assert normalize(unicodedata.normalize("NFD", path)) == path


@given(st.text(max_size=40))
def test_a_path_that_passes_once_passes_for_ever(text: str) -> None:
    assume(broken_rule(text) is None)
    assert normalize(normalize(text)) == normalize(text)


HOSTILE = "a./\\ :C\0\u00e9e\u0301\ud800"


@given(st.text(st.sampled_from(HOSTILE), max_size=12))
def test_a_path_passes_exactly_when_it_stays_in_its_folder_on_every_system(text: str) -> None:
    drive = text[1:2] == ":" and text[0] in "aCe"
    hidden = any(character in text for character in "\\\0\ud800")
    named = all(part not in {"", ".", ".."} and part == part.strip(" ") for part in text.split("/"))
    assert (broken_rule(text) is None) is (named and not drive and not hidden)
