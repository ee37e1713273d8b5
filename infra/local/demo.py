"""The demo: start the stack, deploy hooks, ingest samples, let hooks run, verify, show, stop.

It uses the program `holdfast` as a user would, in a folder of its own. It exits with 0 only if every step
gave the expected result.
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

EXAMPLES = Path(__file__).parents[2] / "examples"
SAMPLE, RELEASE = EXAMPLES / "guide-board-cmis-run", EXAMPLES / "software-release"
SOURCE_REF = "examples/hooks"
FEATURES = {"junit-summary": "suites", "sbom-inventory": "components", "text-endpoints": "endpoints"}
CONVENTIONS = ["junit-run", "software-release"]
SHOWN_LINES = 12
SHOWN_ROWS = 3
Digests = dict[str, str]


class StepFailed(Exception):
    """A step did not give the expected result; the message says why."""


def main() -> int:
    """Run all steps (`python -m infra.local.demo`); return 0 when each gave the expected result, else 1."""
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
        digests = _deploy(environment)
        run = _sample(folder)
        ingested = _ingest_run(run, environment)
        released = _ingest_release(environment)
        for package in (ingested, released):
            _await_hooks(package, environment)
        _show_rows(released, digests, environment)
        _verify(ingested, run, environment)
        _show(ingested, environment)
        _explain(ingested, environment)
        _say("stop")
        _expect(stack.stop() == 0, "the stack did not stop cleanly")


def _deploy(environment: Mapping[str, str]) -> Digests:
    """Deploy the example hooks and the conventions that run them; return each hook's release digest."""
    _say("deploy hooks, and conventions that run them")
    digests = {}
    for hook in FEATURES:
        sources = str(EXAMPLES / "hooks" / hook)
        release = _answer(environment, "hook", "deploy", sources, "--source-ref", SOURCE_REF, "--json")
        _expect(release["live_version"] == release["version"] == 1, f"{hook} has no live first release")
        digests[hook] = release["digest"]
        print(f"{hook} release {release['version']}, sha256 {release['digest']}")
    for slug in CONVENTIONS:
        declared = str(EXAMPLES / "conventions" / f"{slug}.yaml")
        convention = _answer(environment, "convention", "deploy", declared, "--json")
        print(f"{convention['slug']} runs {', '.join(convention['hooks'])}")
    return digests


def _sample(folder: Path) -> Path:
    run = folder / SAMPLE.name
    shutil.copytree(SAMPLE, run)
    large = generate(run)
    print(f"copied {SAMPLE.name} and added {large.name}, {large.stat().st_size} bytes")
    return run


def _ingest_run(run: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    _say("ingest the sample run")
    return _ingest(run, environment, {"guide-board"}, "--convention", "junit-run")


def _ingest_release(environment: Mapping[str, str]) -> dict[str, Any]:
    _say("ingest a release with a JUnit report and a bill of materials")
    options = ["--producer", "order-desk", "--convention", "software-release"]
    return _ingest(RELEASE, environment, {"junit", "cyclonedx"}, *options)


def _ingest(
    directory: Path, environment: Mapping[str, str], wanted: set[str], *options: str
) -> dict[str, Any]:
    ingested = _answer(environment, "ingest", str(directory), *options, "--json")
    files = sum(path.is_file() for path in directory.rglob("*"))
    _expect(ingested["file_count"] == files, f"{ingested['file_count']} of {_count(files, 'file')} were kept")
    adapters = {found["adapter"] for found in ingested["recognised"]}
    _expect(adapters == wanted, f"it was recognised as {sorted(adapters)}, not as {sorted(wanted)}")
    return ingested


def _await_hooks(ingested: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    _say("wait for the hooks on it")
    package = str(ingested["package_id"])
    runs = _answer(environment, "hook", "runs", "--package", package, "--wait", "--json")["items"]
    _expect(bool(runs), "no hook ran on it")
    for run in runs:
        _expect(run["status"] == "succeeded", f"{run['hook']} ended {run['status']}: {run['reason']}")
        print(f"{run['hook']} {run['status']}, {_count(run['row_count'], 'row')}, {run['id']}")


def _show_rows(ingested: Mapping[str, Any], digests: Digests, environment: Mapping[str, str]) -> None:
    _say("the rows, and what made each")
    for hook, feature in FEATURES.items():
        show = ["features", "show", feature, "--package", str(ingested["package_id"])]
        rows = _answer(environment, *show, "--provenance", "--json")["items"]
        _expect(bool(rows), f"{hook} left no row")
        for row in rows:
            made_by = (row["hook"], row["digest"], row["source_ref"], row["manifest_digest"])
            known = (hook, digests[hook], SOURCE_REF, ingested["manifest_digest"])
            _expect(made_by == known, f"a row of {feature} does not lead back to what made it")
        for row in rows[:SHOWN_ROWS]:
            print(f"{feature} {json.dumps(row['data'])}")
            print(f"  made by {hook} {row['version']} from {row['manifest_digest']}, {row['run_id']}")


def _verify(ingested: Mapping[str, Any], run: Path, environment: Mapping[str, str]) -> None:
    _say("verify what is stored, then the copy here")
    for where in ([], ["--dir", str(run)]):
        found = _answer(environment, "verify", ingested["package_id"], *where, "--json")
        _expect(found["verdict"] == "ok", f"the verdict is {found['verdict']}")
        print(f"{found['source']}: {_count(found['counts']['ok'], 'file')} ok")


def _show(ingested: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    _say("the manifest")
    manifest = _answer(environment, "package", "manifest", ingested["package_id"])
    _expect(len(manifest["files"]) == ingested["file_count"], "the manifest does not list every file")
    lines = json.dumps(manifest, indent=2, ensure_ascii=False).splitlines()
    print("\n".join(lines[:SHOWN_LINES]), f"\n  … {_count(len(lines) - SHOWN_LINES, 'more line')}")
    _say("the retention")
    package = _answer(environment, "package", "show", ingested["package_id"], "--json")
    _expect(package["status"] == "finalized", f"the package is {package['status']}")
    _expect(package["manifest_digest"] == ingested["manifest_digest"], "the digests differ")
    for field in ("id", "file_count", "total_bytes", "manifest_digest", "retention_class", "expires_at"):
        print(f"{field:<16} {package[field]}")


def _explain(ingested: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    _say("whether it may be deleted, and why not")
    explanation = _answer(environment, "retention", "explain", str(ingested["package_id"]), "--json")
    _expect(explanation["decision"] == "keep", f"the decision is {explanation['decision']}")
    print(f"decision: {explanation['decision']}")
    for rule in explanation["rules"]:
        print(f"{rule['rule']:<16} {'met' if rule['met'] else 'NOT met'}: {rule['detail']}")


def _environment(folder: Path, stack: Stack) -> dict[str, str]:
    ours = {"HOLDFAST_URL": stack.url, "HOLDFAST_TOKEN": stack.token, "XDG_CONFIG_HOME": str(folder)}
    return {**os.environ, **ours, "HOLDFAST_WORKSPACE": stack.workspace}


def _answer(environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_holdfast(environment, *arguments))
    return answer


def _holdfast(environment: Mapping[str, str], *arguments: str) -> str:
    print("$ holdfast", *arguments)
    command = [sys.executable, "-m", "holdfast", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    sys.stderr.write(ended.stderr)
    _expect(ended.returncode == 0, f"`holdfast {arguments[0]}` ended with {ended.returncode}")
    return ended.stdout


def _expect(holds: bool, problem: str) -> None:  # noqa: FBT001  an assertion reads so
    if not holds:
        raise StepFailed(problem)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _say(step: str) -> None:
    print(f"\n== {step}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
