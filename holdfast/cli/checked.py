"""Output of a check, for `verify` and `download`."""

from typing import TYPE_CHECKING, Any

import typer

from holdfast.api.messages import quantity
from holdfast.cli import failures
from holdfast.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from holdfast.transfer.checks import Verification

EXIT_CODES = {"ok": 0, "bad": failures.BAD, "error": failures.BROKEN}


def show(found: "Verification", *, json: bool) -> None:
    """Print the verdicts, then exit: 0 when all files are right, 1 when one is not, 3 when a check failed."""
    if json:
        emit_json(_as_json(found))
    else:
        _for_people(found)
    raise typer.Exit(EXIT_CODES[found.verdict])


def _as_json(found: "Verification") -> dict[str, Any]:
    return {
        "package_id": found.package_id,
        "source": found.source,
        "verdict": found.verdict,
        "manifest": {"verdict": found.manifest, "digest": found.manifest_digest},
        "counts": found.counts,
        "files": [check._asdict() for check in found.files],
        "extra": found.extra,
    }


def _for_people(found: "Verification") -> None:
    rows: list[tuple[str, str, str]] = [
        (check.verdict, check.path, check.reason) for check in found.files if check.verdict != "ok"
    ]
    rows += [("extra", path, "it is not in the manifest") for path in found.extra]
    if found.manifest != "ok":
        rows.append((found.manifest, "(the manifest)", f"its bytes do not have {found.manifest_digest}"))
    if rows:
        emit_table(["verdict", "path", "why"], rows)
    files = quantity(len(found.files), "file")
    typer.echo(f"{found.verdict}: {found.counts['ok']} of {files} as in the manifest")
