import pytest

from holdfast.transfer.media import UNKNOWN, media_type


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/report.JSON", "application/json"),
        ("a.b/notes.md", "text/markdown"),
        ("logs.d/today", UNKNOWN),
        ("json", UNKNOWN),
        ("odd.ending", UNKNOWN),
    ],
)
def test_the_ending_says_the_type(path: str, expected: str) -> None:
    assert media_type(path) == expected
