import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.producers.documents import (
    MAX_REPORT_VALUES,
    MAX_XML_DEPTH,
    UnreadableReport,
    json_object,
    xml_root,
)

BOMB = b"".join(b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 10))

# a parser looks each default of an element up among those before it: 250,000 of them cost 40 seconds
ATTRIBUTES = b"".join(b'<!ATTLIST a b%d CDATA "x">' % number for number in range(250_000))


def test_json_is_read_in_each_of_its_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert json_object('{"é": [1.5, null]}'.encode(encoding)) == {"é": [1.5, None]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b'{"a": "\xe9"}', "is not JSON"),
        (b"[1]", "is JSON, but not an object"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "a number is too large"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "has the same key twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"a":' * 100_000, "is nested too deep"),
        (b"[" * 100_000, "is nested too deep"),
        (b'{"a": [' + b"1," * MAX_REPORT_VALUES + b"1]}", "has more than 500000 values"),
        (b'{"a": [' + b"{}," * MAX_REPORT_VALUES + b"1]}", "has more than 500000 values"),
    ],
)
def test_json_that_cannot_be_used_says_why(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableReport, match=why):
        json_object(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_is_read_in_the_encodings_of_reports(encoding: str) -> None:
    assert xml_root("<a b='é'/>".encode(encoding)).attrib == {"b": "é"}


def test_a_document_type_without_entities_is_let_through() -> None:
    # as Cobertura itself writes it; nothing is fetched
    body = b'<!DOCTYPE coverage SYSTEM "http://nowhere.invalid/coverage-04.dtd"><coverage/>'
    assert xml_root(body).tag == "coverage"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not XML"),
        (b"<a>", "is not XML"),
        (b"<a>\xff</a>", "is not XML"),
        (b"<a>\x00</a>", "is not XML"),
        (b"<a b='1' b='2'/>", "is not XML"),
        (b"<a>&nothing;</a>", "is not XML"),
        (b"<!DOCTYPE a [<!ENTITY a0 'aaaa'>" + BOMB + b"]><a>&a9;</a>", "of its own"),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>", "of its own"),
        (b"<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/'>%x;]><a/>", "of its own"),
        (b"<!DOCTYPE a [" + ATTRIBUTES + b"]><a/>", "of its own"),
        (b"<a>" * 100_000, f"is nested deeper than {MAX_XML_DEPTH} levels"),
        (b"<a>" + b"<b/>" * MAX_REPORT_VALUES + b"</a>", "has more than 500000 values"),
        (b"<a" + b" b=''" * (MAX_REPORT_VALUES + 1) + b"/>", "has more than 500000 values"),
        (b"<?xml version='1.0' encoding='cp037'?><a/>", "is in an encoding that is not read"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "is in an encoding that is not read"),
        (b"<?xml version='1.0' encoding='utf-16'?><a/>", "is not XML"),
    ],
)
def test_xml_that_cannot_be_used_says_why(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableReport, match=why):
        xml_root(body)


def test_siblings_are_not_taken_for_depth() -> None:
    assert len(xml_root(b"<a>" + b"<b></b>" * 1000 + b"</a>")) == 1000


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab='\"&;![]?x- \n", max_size=80).map(str.encode))
def test_whatever_the_bytes_a_document_is_read_or_refused(body: bytes) -> None:
    for read in (json_object, xml_root):
        try:
            read(body)
        except UnreadableReport as problem:
            assert str(problem)  # noqa: PT017  either way is right; that it says why is the point


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**80), 2**80) | numbers | st.none()))
def test_json_that_python_writes_is_read_as_it_was(value: dict[str, object]) -> None:
    read = json_object(json.dumps(value).encode())
    assert read == value
    assert not any(isinstance(found, float) and math.isinf(found) for found in read.values())
