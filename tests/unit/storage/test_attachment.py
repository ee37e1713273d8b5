import pytest

from chalicelib.storage.attachment import attachment


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("run.json", "attachment; filename=\"run.json\"; filename*=UTF-8''run.json"),
        ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        ("é.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt"),
        ('x".html', "attachment; filename=\"x_.html\"; filename*=UTF-8''x%22.html"),
        (
            "a\r\nSet-Cookie: b",
            "attachment; filename=\"a__Set-Cookie_ b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b",
        ),
    ],
)
def test_a_name_keeps_its_letters_and_never_leaves_its_header(filename: str, expected: str) -> None:
    assert attachment(filename) == expected
