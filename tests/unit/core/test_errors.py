"""Errors are plain facts with a declared code; the catalogue is the sum of the declarations."""

from collections.abc import Iterator

import pytest

from chalicelib.core import errors
from chalicelib.core.errors import HoldfastError, Invalid, NotFound, not_found
from holdfast.api import codes
from holdfast.api.codes import Problem, catalogue, declare


@pytest.fixture
def code() -> Iterator[str]:
    """A code that the catalogue does not have after the test."""
    yield "ONLY_IN_A_TEST"
    catalogue.pop("ONLY_IN_A_TEST", None)


def test_a_declared_code_is_returned_and_in_the_catalogue(code: str) -> None:
    assert declare(code, "A title", "A remedy.") == code
    assert catalogue[code] == Problem(code, "A title", "A remedy.")


def test_a_code_may_be_declared_again_with_the_same_words_only(code: str) -> None:
    declare(code, "A title", "A remedy.")
    declare(code, "A title", "A remedy.")
    with pytest.raises(ValueError, match=code):
        declare(code, "Another title", "A remedy.")


def test_an_error_carries_code_message_and_details() -> None:
    error = Invalid("INVALID_PATH", "It is absolute.", rule="relative", path="/a")
    assert (error.code, error.message, error.details) == (
        "INVALID_PATH",
        "It is absolute.",
        {"rule": "relative", "path": "/a"},
    )
    assert str(error) == "INVALID_PATH: It is absolute."


def test_what_is_absent_and_what_is_not_yours_is_one_answer() -> None:
    assert isinstance(not_found(), NotFound)
    assert (not_found().code, not_found().message, not_found().details) == (
        codes.NOT_FOUND,
        not_found().message,
        {},
    )


def test_a_transient_failure_is_no_refusal() -> None:
    assert not issubclass(errors.Transient, HoldfastError)
    assert issubclass(errors.Permanent, HoldfastError)


def test_every_entry_of_the_catalogue_is_in_plain_words() -> None:
    for code, problem in catalogue.items():
        assert problem.code == code
        assert code == code.upper()
        assert not problem.title.endswith("."), code
        assert problem.remedy.endswith("."), code
