"""CycloneDX JSON: components, spec version and serial number.

The models are our own. cyclonedx-python-lib took 22 s for 8,000 components in 5.5 MB. It counts equal
components once, invents a serial number where the file has none, and fails on newer component types.
"""

from typing import Any, Literal

from pydantic import Field

from holdfast.producers.fields import Count, Fields, Many, Text, fields
from holdfast.producers.report import Document


class Component(Fields):
    """A component with the components inside it."""

    components: Many["Component"] = Field(default=[])

    def count(self) -> int:
        """Return the number of components: this one and all inside it."""
        return 1 + sum(component.count() for component in self.components)


class Bom(Fields):
    """A bill of materials."""

    bom_format: Literal["CycloneDX"] = Field(alias="bomFormat")
    spec_version: Text = Field(alias="specVersion")
    serial_number: Text | None = Field(default=None, alias="serialNumber")
    version: Count = 1
    components: Many[Component] = Field(default=[])


def owns(document: Document) -> bool:
    """Return whether the document calls itself CycloneDX."""
    return document.value.get("bomFormat") == "CycloneDX"


def reads(document: Document) -> dict[str, Any]:
    """Return spec version, serial number if present, version, and the number of all components."""
    bom = fields(Bom, document.value)
    found = bom.model_dump(exclude={"bom_format", "components"}, exclude_none=True)
    return {**found, "components": sum(component.count() for component in bom.components)}


def totals(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum over all reports."""
    return {"components": sum(entry["components"] for entry in entries)}
