"""CycloneDX JSON: components, spec version and serial number.

Models of our own: cyclonedx-python-lib took 22 s for 8,000 components in 5.5 MB, counts equal components
once, makes a serial number up where the file has none, and fails on component types newer than itself.
"""

from typing import Any, Literal

from pydantic import Field

from holdfast.producers.fields import Count, Fields, Many, Text, fields
from holdfast.producers.report import Document


class Component(Fields):
    """A component, and those that are part of it."""

    components: Many["Component"] = Field(default=[])

    def count(self) -> int:
        """How many it is, with its parts."""
        return 1 + sum(component.count() for component in self.components)


class Bom(Fields):
    """A bill of materials."""

    bom_format: Literal["CycloneDX"] = Field(alias="bomFormat")
    spec_version: Text = Field(alias="specVersion")
    serial_number: Text | None = Field(default=None, alias="serialNumber")
    version: Count = 1
    components: Many[Component] = Field(default=[])


def owns(document: Document) -> bool:
    """Whether it says that it is CycloneDX."""
    return document.value.get("bomFormat") == "CycloneDX"


def reads(document: Document) -> dict[str, Any]:
    """Spec version, serial number if it has one, version of the bill, and all components, nested ones too."""
    bom = fields(Bom, document.value)
    found = bom.model_dump(exclude={"bom_format", "components"}, exclude_none=True)
    return {**found, "components": sum(component.count() for component in bom.components)}


def totals(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum over all reports."""
    return {"components": sum(entry["components"] for entry in entries)}
