"""Write a row per component of every software bill of materials: CycloneDX and SPDX, both as JSON.

Any other JSON is left out. A bill that cannot be read rejects the package. So does a component under a
licence that the configuration refuses (`refused_licences`).
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
    """The file cannot be read; the message says why."""


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
    """Yield the rows of every bill; add to `broken` why a bill cannot be read."""
    for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
        name = path.relative_to(inputs).as_posix()
        try:
            for row in rows_of(path):
                yield {"file": name, **row}
        except Refused as error:
            broken.append(f"{name} {error}")


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of one file, none when it is not a bill; raise `Refused` for a bill that is broken."""
    with path.open("rb") as file:
        content = file.read(MAX_BILL_BYTES + 1)
    if not any(sign in content for sign in SIGNS):
        return
    if len(content) > MAX_BILL_BYTES:
        raise Refused(f"is a bill of more than {MAX_BILL_BYTES} bytes")
    try:
        bill = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"is not JSON: {str(error)[:200]}") from error
    if not isinstance(bill, dict):
        return
    if bill.get("bomFormat") == "CycloneDX":
        yield from cyclonedx(bill)
    elif isinstance(bill.get("spdxVersion"), str):
        yield from spdx(bill)


def cyclonedx(bill: dict[str, Any]) -> Iterator[Row]:
    """Yield the components of a CycloneDX bill; a component inside of another follows the outer one."""
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
    """Yield every licence of a CycloneDX component: an expression, an id or a name."""
    for choice in objects(component.get("licenses")):
        found = choice.get("license")
        licence = found if isinstance(found, dict) else {}
        if named := text(choice.get("expression")) or text(licence.get("id")) or text(licence.get("name")):
            yield named


def spdx(bill: dict[str, Any]) -> Iterator[Row]:
    """Yield the packages of an SPDX document; a concluded licence goes before a declared one."""
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
    """Return the objects in a list; none when the value is not a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a text that fits a row: shortened, lone surrogates replaced; None for a text without meaning."""
    if not isinstance(value, str) or value.strip() in UNSAID:
        return None
    return value[:MAX_TEXT].encode("utf-8", "replace").decode()


if __name__ == "__main__":
    main()
