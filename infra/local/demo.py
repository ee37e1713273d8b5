"""Everything once, end to end: start, ingest the sample run, verify, show, stop.

Exits 0 only if every step held. It uses the program as a user would, in a folder of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from examples.generate_large import generate
from infra.local.stack import Stack

SAMPLE = Path(__file__).parents[2] / "examples" / "guide-board-cmis-run"
SHOWN_LINES = 12


class StepFailed(Exception):
    """A step did not hold; says which and why."""


def main() -> int:
    """Run all steps; 0 when each of them held (`python -m infra.local.demo`)."""
    try:
        with TemporaryDirectory(prefix="holdfast-demo-") as folder:
            _demonstrate(Path(folder))
    except (StepFailed, RuntimeError) as error:
        print(f"\ndemo failed: {error}", file=sys.stderr)
        return 1
    print("\nevery step held")
    return 0


def _demonstrate(folder: Path) -> None:
    _say("start the embedded stack")
    with Stack(folder / "home") as stack:
        print(f"ready {stack.url}")
        environment = _environment(folder, stack)
        run = _sample(folder)
        ingested = _ingest(run, environment)
        _verify(ingested, run, environment)
        _show(ingested, environment)
        _say("stop")
        _expect(stack.stop() == 0, "the stack did not stop cleanly")


def _sample(folder: Path) -> Path:
    run = folder / SAMPLE.name
    shutil.copytree(SAMPLE, run)
    large = generate(run)
    print(f"copied {SAMPLE.name} and added {large.name}, {large.stat().st_size} bytes")
    return run


def _ingest(run: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    _say("ingest the sample run")
    ingested: dict[str, Any] = json.loads(_holdfast(environment, "ingest", str(run), "--json"))
    files = sum(path.is_file() for path in run.rglob("*"))
    _expect(ingested["file_count"] == files, f"{ingested['file_count']} files were kept, not {files}")
    adapters = [found["adapter"] for found in ingested["recognised"]]
    _expect(adapters == ["guide-board"], "the run was not recognised as guide-board's")
    return ingested


def _verify(ingested: Mapping[str, Any], run: Path, environment: Mapping[str, str]) -> None:
    _say("verify what is stored, then the copy here")
    for where in ([], ["--dir", str(run)]):
        found = json.loads(_holdfast(environment, "verify", ingested["package_id"], *where, "--json"))
        _expect(found["verdict"] == "ok", f"the verdict is {found['verdict']}")
        print(f"{found['source']}: {found['counts']['ok']} files ok")


def _show(ingested: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    _say("the manifest")
    manifest = json.loads(_holdfast(environment, "package", "manifest", ingested["package_id"]))
    _expect(len(manifest["files"]) == ingested["file_count"], "the manifest does not list every file")
    lines = json.dumps(manifest, indent=2, ensure_ascii=False).splitlines()
    print("\n".join(lines[:SHOWN_LINES]), f"\n  … {len(lines) - SHOWN_LINES} more lines")
    _say("the retention")
    package = json.loads(_holdfast(environment, "package", "show", ingested["package_id"], "--json"))
    _expect(package["status"] == "finalized", f"the package is {package['status']}")
    _expect(package["manifest_digest"] == ingested["manifest_digest"], "the digests differ")
    for field in ("id", "file_count", "total_bytes", "manifest_digest", "retention_class", "expires_at"):
        print(f"{field:<16} {package[field]}")


def _environment(folder: Path, stack: Stack) -> dict[str, str]:
    ours = {"HOLDFAST_URL": stack.url, "HOLDFAST_TOKEN": stack.token, "XDG_CONFIG_HOME": str(folder)}
    return {**os.environ, **ours, "HOLDFAST_WORKSPACE": stack.workspace}


def _holdfast(environment: Mapping[str, str], *arguments: str) -> str:
    print("$ holdfast", *arguments)
    command = [sys.executable, "-m", "holdfast.cli", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    sys.stderr.write(ended.stderr)
    _expect(ended.returncode == 0, f"`holdfast {arguments[0]}` ended with {ended.returncode}")
    return ended.stdout


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001  an assertion reads so
    if not holds:
        raise StepFailed(otherwise)


def _say(step: str) -> None:
    print(f"\n== {step}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
