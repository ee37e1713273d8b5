import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.reports import Told, recognised

SECOND = {"spdxVersion": "SPDX-2.3", "documentNamespace": "https://example.test/a-1", "packages": [{}, {}]}
GRAPH = [
    {"type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1"},
    {"type": "SpdxDocument", "spdxId": "https://example.test/b-1"},
    {"type": "software_Package", "spdxId": "https://example.test/p-1"},
    {"type": "software_File"},
]
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def read(root: Path, document: dict[str, Any]) -> Told:
    return recognised(root, {"a.json": json.dumps(document).encode()})


def test_a_document_of_2_tells_its_packages_and_namespace(tmp_path: Path) -> None:
    assert read(tmp_path, SECOND).only == {
        "path": "a.json",
        "spec_version": "SPDX-2.3",
        "serial_number": "https://example.test/a-1",
        "components": 2,
    }


@pytest.mark.parametrize("context", [CONTEXT, ["https://example.test/", CONTEXT]])
def test_a_document_of_3_tells_its_packages_and_id(tmp_path: Path, context: Any) -> None:
    assert read(tmp_path, {"@context": context, "@graph": GRAPH}).only == {
        "path": "a.json",
        "spec_version": "SPDX-3.0.1",
        "serial_number": "https://example.test/b-1",
        "components": 1,
    }


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({**SECOND, "spdxVersion": "SPDX-9"}, "has no usable `spdxVersion`"),
        ({**SECOND, "packages": {}}, "has no usable `packages`"),
        ({**SECOND, "documentNamespace": ""}, "has no usable `documentNamespace`"),
        ({"@context": CONTEXT}, "has no usable `@graph`"),
        ({"@context": CONTEXT, "@graph": [7]}, "has no usable `@graph.0`"),
        ({"@context": CONTEXT, "@graph": GRAPH[1:]}, "has no usable `specVersion`"),
    ],
)
def test_a_document_of_another_shape_is_a_warning(tmp_path: Path, document: dict[str, Any], why: str) -> None:
    found = read(tmp_path, document)
    assert found.entries == []
    assert why in found.warnings[0]
