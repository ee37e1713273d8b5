"""A parsed file that may be a report."""

from typing import TYPE_CHECKING, Any, NamedTuple

from holdfast.producers.documents import UnreadableReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class Document(NamedTuple):
    """A file with its bytes and its parsed content. Its warnings are words that follow the path."""

    path: str
    body: bytes
    root: "Element | None"
    value: dict[str, Any]
    warnings: list[str]

    @property
    def xml(self) -> "Element":
        """The root element. Raises `UnreadableReport` for a document that is not XML."""
        if self.root is None:
            raise UnreadableReport("is not XML")
        return self.root
