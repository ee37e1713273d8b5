"""A row per component of every software bill of materials: CycloneDX and SPDX, both as JSON.

JSON that is neither is passed over. A bill that says it is one and cannot be read rejects the package,
as does a component under a licence that the configuration refuses (`refused_licences`).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_BILL_BYTES = 64 * 1024 * 1024
MAX_TEXT = 1000
MAX_ROWS = 100_000
SIGNS = (b'"bomFormat"', b'"spdxVersion"')
UNSAID = {"", "NONE", "NOASSERTION"}

Row = dict[str, str | None]


class Refused(Exception):
    """The file is not read; says why."""


def main() -> None:
    """Read every input, write the rows and the result."""
    inputs, output = Path(os.environ["HOLDFAST_INPUT"]), Path(os.environ["HOLDFAST_OUTPUT"])
    refused = set(json.loads(Path(os.environ["HOLDFAST_CONFIG"]).read_text()).get("refused_licences", []))
    broken: list[str] = []
    with (output / "rows.ndjson").open("w") as rows:
        for count, row in enumerate(rows_of_all(inputs, broken)):
            if count == MAX_ROWS:
                broken.append(f"there are more than {MAX_ROWS} components")
                break
            if row["licence"] in refused:
                broken.append(f"{row['name']} is under {row['licence']}")
            rows.write(json.dumps({name: value for name, value in row.items() if value is not None}) + "\n")
    verdict = {"status": "rejected" if broken else "passed", "reason": "; ".join(broken)[:2000] or None}
    (output / "result.json").write_text(json.dumps(verdict))


def rows_of_all(inputs: Path, broken: list[str]) -> Iterator[Row]:
    """The rows of every bill; what is wrong with one is added to `broken`."""
    for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
        name = path.relative_to(inputs).as_posix()
        try:
            for row in rows_of(path):
                yield {"file": name, **row}
        except Refused as error:
            broken.append(f"{name} {error}")


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of one file, none when it is no bill; raises `Refused`."""
    with path.open("rb") as file:
        content = file.read(MAX_BILL_BYTES + 1)
    if not any(sign in content for sign in SIGNS):
        return
    if len(content) > MAX_BILL_BYTES:
        raise Refused(f"is a bill of more than {MAX_BILL_BYTES} bytes")
    try:
        bill = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"is no JSON: {str(error)[:200]}") from error
    if not isinstance(bill, dict):
        return
    if bill.get("bomFormat") == "CycloneDX":
        yield from cyclonedx(bill)
    elif isinstance(bill.get("spdxVersion"), str):
        yield from spdx(bill)


def cyclonedx(bill: dict[str, Any]) -> Iterator[Row]:
    """The components of a CycloneDX bill, those inside of others after them."""
    waiting = objects(bill.get("components"))[::-1]
    while waiting:
        component = waiting.pop()
        waiting += objects(component.get("components"))[::-1]
        yield {
            "format": f"CycloneDX {text(bill.get('specVersion')) or ''}".strip(),
            "name": text(component.get("name")) or "",
            "version": text(component.get("version")),
            "purl": text(component.get("purl")),
            "licence": " AND ".join(licences(component)) or None,
        }


def licences(component: dict[str, Any]) -> Iterator[str]:
    """Every licence of a CycloneDX component: an expression, or one by id or by name."""
    for choice in objects(component.get("licenses")):
        found = choice.get("license")
        licence = found if isinstance(found, dict) else {}
        if said := text(choice.get("expression")) or text(licence.get("id")) or text(licence.get("name")):
            yield said


def spdx(bill: dict[str, Any]) -> Iterator[Row]:
    """The packages of an SPDX document; a licence that was found counts before one that was declared."""
    for package in objects(bill.get("packages")):
        references = objects(package.get("externalRefs"))
        purls = (each.get("referenceLocator") for each in references if each.get("referenceType") == "purl")
        yield {
            "format": text(bill["spdxVersion"]),
            "name": text(package.get("name")) or "",
            "version": text(package.get("versionInfo")),
            "purl": text(next(purls, None)),
            "licence": text(package.get("licenseConcluded")) or text(package.get("licenseDeclared")),
        }


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing of what is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """A text as far as a row takes it, without what no UTF-8 carries; None for what says nothing."""
    if not isinstance(value, str) or value.strip() in UNSAID:
        return None
    return value[:MAX_TEXT].encode("utf-8", "replace").decode()


if __name__ == "__main__":
    main()
