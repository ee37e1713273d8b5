import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.storage.keys import check_key, check_prefix, probe_folder


@pytest.mark.parametrize("key", ["a", "main/acme/packages/pkg_01/sha256/00ff", "main/.probe/x", "m/é/日本"])
def test_a_key_in_order_is_given_back(key: str) -> None:
    assert check_key(key) == key


@given(st.text())
def test_no_text_passes_that_could_lead_elsewhere(text: str) -> None:
    try:
        key = check_key(text)
    except Invalid:
        return
    assert not {"", ".", ".."} & set(key.split("/"))
    assert not {"\\", "\x00"} & set(key)


@pytest.mark.parametrize("prefix", ["", "/", "main", "main//", "../", "main/../x/"])
def test_a_prefix_is_a_key_and_a_slash(prefix: str) -> None:
    with pytest.raises(Invalid, match="INVALID_KEY"):
        check_prefix(prefix)


def test_a_refusal_names_the_rule_and_shows_the_key_escaped() -> None:
    with pytest.raises(Invalid) as refusal:
        check_key("main/\ud800")

    assert refusal.value.details == {"key": "main/\\ud800", "rule": "a path is valid Unicode"}


def test_the_probe_folder_is_no_workspace_of_the_namespace() -> None:
    assert check_key(probe_folder("main")) == "main/.probe"
