"""SPDX JSON, 2.x and 3.x: components (SPDX calls them packages), spec version and serial number.

The models are our own: spdx-tools brings rdflib, xmltodict and seven more packages to a client. The serial
number is the document's namespace (2.x) or its id (3.x). SPDX demands that both are unique.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from holdfast.producers.documents import UnreadableReport
from holdfast.producers.fields import Fields, Many, Text, fields
from holdfast.producers.report import Document

CONTEXT = "spdx.org/rdf/3"
VERSION_TWO = re.compile(r"SPDX-2\.\d+")


def _version_two(version: str) -> str:
    if not VERSION_TWO.fullmatch(version):
        raise ValueError("must be `SPDX-2.` and a number")
    return version


class Two(Fields):
    """A document of SPDX 2.x."""

    spec_version: Annotated[Text, AfterValidator(_version_two)] = Field(alias="spdxVersion")
    serial_number: Text | None = Field(default=None, alias="documentNamespace")
    packages: Many[dict[str, Any]] = Field(default=[])


class Element(Fields):
    """An element in the graph of SPDX 3.x."""

    type: Text
    spdx_id: Text | None = Field(default=None, alias="spdxId")
    spec_version: Text | None = Field(default=None, alias="specVersion")


class Three(Fields):
    """A document of SPDX 3.x."""

    graph: Many[Element] = Field(alias="@graph")

    def of_type(self, name: str) -> Iterator[Element]:
        """Return the elements of this type."""
        return (element for element in self.graph if element.type == name)


def owns(document: Document) -> bool:
    """Return whether the document names a version of SPDX, or the JSON-LD context of SPDX."""
    context = document.value.get("@context")
    named = context if isinstance(context, list) else [context]
    third = any(isinstance(name, str) and CONTEXT in name for name in named)
    return third or "spdxVersion" in document.value


def reads(document: Document) -> dict[str, Any]:
    """Return `spec_version`, `serial_number` if there is one, and the number of `components`."""
    if "spdxVersion" in document.value:
        two = fields(Two, document.value)
        found = two.model_dump(exclude={"packages"}, exclude_none=True)
        return {**found, "components": len(two.packages)}
    return _third(fields(Three, document.value))


def totals(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum over all reports."""
    return {"components": sum(entry["components"] for entry in entries)}


def _third(document: Three) -> dict[str, Any]:
    versions = [made.spec_version for made in document.of_type("CreationInfo") if made.spec_version]
    if not versions:
        raise UnreadableReport("has no usable `specVersion` in its creation info")
    serials = [found.spdx_id for found in document.of_type("SpdxDocument") if found.spdx_id]
    found = {"spec_version": f"SPDX-{versions[0]}", "serial_number": next(iter(serials), None)}
    components = sum(1 for _ in document.of_type("software_Package"))
    return {**{name: value for name, value in found.items() if value}, "components": components}
