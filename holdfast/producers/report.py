"""A file that may be a report, parsed."""

from typing import TYPE_CHECKING, Any, NamedTuple

from holdfast.producers.documents import UnreadableReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class Document(NamedTuple):
    """Its path, its bytes, what they hold, and the warnings of who reads it, in words after the path."""

    path: str
    body: bytes
    root: "Element | None"
    value: dict[str, Any]
    warnings: list[str]

    @property
    def xml(self) -> "Element":
        """The root element; raises `UnreadableReport` where there is none, which `owns` rules out."""
        if self.root is None:
            raise UnreadableReport("is no XML")
        return self.root
