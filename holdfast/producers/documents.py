"""Untrusted JSON and XML, parsed within limits of memory and time.

Each limit stops a different attack:

- The limit of bytes stops huge files.
- The limit of values stops documents that are small on disk and large in memory, such as `[{},{},…` or an
  element with a million attributes. Values are counted in the bytes, before any parser reads them.
- The limit of depth stops documents that exhaust the stack.
- A document type inside the document is refused before its entities and defaults are read. Their cost can
  grow with the square of the size. defusedxml refuses external references.

A document over a limit is refused with a reason. It is never cut off.
"""

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_REPORT_BYTES = 8 * 1024 * 1024
MAX_REPORT_VALUES = 500_000
MAX_XML_DEPTH = 32
MAX_REASON = 120

# Values are counted as bytes. So only encodings are allowed in which `<` is the same byte as in ASCII.
ENCODINGS = {"ascii", "us-ascii", "utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "latin1", "windows-1252"}
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


class UnreadableReport(Exception):
    """A report that cannot be used. The message says why, in words that follow the path of the report."""


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, which is in UTF-8, UTF-16 or UTF-32.

    Raises `UnreadableReport` when `body` is not a JSON object, has more than MAX_REPORT_VALUES values, is
    nested too deep, has a key twice, or has a number that JSON cannot carry (NaN, infinite, over 4,300
    digits).
    """
    _check_values(sum(map(body.count, (b",", b"[", b"{"))))
    try:
        found = json.loads(
            body, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_distinct
        )
    except RecursionError as error:
        raise UnreadableReport("is nested too deep") from error
    except ValueError as error:
        raise UnreadableReport(f"is not JSON ({_short(error)})") from error
    if not isinstance(found, dict):
        raise UnreadableReport("is JSON, but not an object")
    return found


def xml_root(body: bytes) -> "Element":
    """Return the root element of the XML document in `body`.

    Raises `UnreadableReport` when the document is not well-formed, declares its own types or an encoding
    outside ENCODINGS, has more than MAX_REPORT_VALUES tags and attributes, or is nested deeper than
    MAX_XML_DEPTH.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    _check_values(body.count(b"<") + body.count(b"="))
    _check_encoding(body)
    try:
        return _parsed(body)
    except DefusedXmlException as error:
        raise UnreadableReport("refers to entities, which are not read") from error
    except (ParseError, ValueError) as error:
        raise UnreadableReport(f"is not XML ({_short(error)})") from error


def _parsed(body: bytes) -> "Element":
    from xml.etree.ElementTree import TreeBuilder

    from defusedxml.ElementTree import DefusedXMLParser

    class Shallow(TreeBuilder):
        depth = 0

        def start(self, tag: Any, attrs: Any, /) -> "Element":
            self.depth += 1
            if self.depth > MAX_XML_DEPTH:
                raise UnreadableReport(f"is nested deeper than {MAX_XML_DEPTH} levels")
            return super().start(tag, attrs)

        def end(self, tag: str, /) -> "Element":
            self.depth -= 1
            return super().end(tag)

    parser = DefusedXMLParser(target=Shallow())
    parser.parser.StartDoctypeDeclHandler = _refuse_own_types
    parser.feed(body)
    root: Element = parser.close()
    return root


def _refuse_own_types(name: str, system: str | None, public: str | None, own: int) -> None:  # noqa: ARG001  expat calls it
    if own:
        raise UnreadableReport("declares types or entities of its own, which are not read")


def _check_values(count: int) -> None:
    if count > MAX_REPORT_VALUES:
        raise UnreadableReport(f"has more than {MAX_REPORT_VALUES} values and was not read")


def _check_encoding(body: bytes) -> None:
    declared = DECLARED_ENCODING.search(body, 0, 1024)
    if declared and declared[1].decode("ascii", "replace").lower() not in ENCODINGS:
        raise UnreadableReport("is in an encoding that is not read")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:MAX_REASON]
