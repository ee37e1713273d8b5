import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.reports import Told, recognised

BOM = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:1", "version": 3}


def read(root: Path, **changes: Any) -> Told:
    return recognised(root, {"a.json": json.dumps({**BOM, **changes}).encode()})


def test_components_are_counted_with_their_parts_and_equal_ones_each(tmp_path: Path) -> None:
    part = {"type": "a type of a later version", "name": "x"}
    found = read(tmp_path, components=[part, part, {**part, "components": [part]}]).only
    assert found == {
        "path": "a.json",
        "spec_version": "1.6",
        "serial_number": "urn:uuid:1",
        "version": 3,
        "components": 4,
    }


def test_a_serial_number_is_not_made_up(tmp_path: Path) -> None:
    found = read(tmp_path, serialNumber=None)
    assert "serial_number" not in found.only
    assert found.only["components"] == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"specVersion": None}, "specVersion"),
        ({"specVersion": 1.6}, "specVersion"),
        ({"serialNumber": "x" * 201}, "serialNumber"),
        ({"version": 2**60}, "version"),
        ({"components": 7}, "components"),
        ({"components": [{"components": [7]}]}, "components.0.components.0"),
    ],
)
def test_a_bill_of_another_shape_is_a_warning(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    found = read(tmp_path, **changes)
    assert found.entries == []
    assert f"a.json has no usable `{field}`" in found.warnings[0]


def test_parts_nested_without_end_are_refused(tmp_path: Path) -> None:
    body = b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": ['
    nested = body + b'{"components": [' * 300 + b"]}" * 300 + b"]}"
    found = recognised(tmp_path, {"a.json": nested})
    assert (found.entries, len(found.warnings)) == ([], 1)
