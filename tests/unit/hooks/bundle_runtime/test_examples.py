"""The hooks in `examples/hooks`, run as bundles on real and on hostile reports: rows keep their contract."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.hooks.service import outputs
from chalicelib.hooks.service.bundle_runtime import run
from chalicelib.sandbox.command import Ended
from chalicelib.validation.globs import matches_any
from holdfast.api.columns import Column
from holdfast.api.conventions import Terms
from holdfast.api.deployments import Deploy
from holdfast.api.releases import NewRelease
from holdfast.transfer.hook_folders import read_hook, read_yaml
from tests.conftest import ROOT, Configure
from tests.support.sandbox.jobs import bundled_bytes

HOOKS = ROOT / "examples" / "hooks"
CONVENTIONS = ROOT / "examples" / "conventions"
CASES = """
import pytest
def test_one(): pass
def test_two(): assert False
@pytest.mark.skip
def test_three(): pass
@pytest.fixture
def broken(): raise OSError
def test_four(broken): pass
"""
LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuite name="&b;"/>"""
FILE_ENTITY = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite name="&a;"/>"""
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [
        {
            "name": "requests",
            "version": "2.32.3",
            "purl": "pkg:pypi/requests@2.32.3",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
            "components": [{"name": "inner", "licenses": [{"expression": "MIT OR GPL-2.0-only"}]}],
        },
        {"name": "odd", "version": 7, "licenses": "none", "components": {"name": "no list"}},
    ],
}
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {
            "name": "zlib",
            "versionInfo": "1.3",
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "Zlib",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:generic/zlib@1.3"}],
        }
    ],
}


class Found:
    """What a hook left: rows that keep the contract, and its verdict."""

    def __init__(self, folder: Path, contract: list[Column]) -> None:
        checked = outputs.check(folder, note=json.loads("{}"), contract=contract, step=lambda: None)
        self.status, self.reason = str(checked.result.status), checked.result.reason or ""
        self.rows: list[dict[str, Any]] = [
            json.loads(line) for line in outputs.lines(folder, contract=contract)
        ]


@pytest.fixture(autouse=True)
def settled(configure: Configure, tmp_path: Path) -> None:
    configure(storage="filesystem", filesystem_root=str(tmp_path / "objects"))


def found_by(place: Path, name: str, inputs: dict[str, bytes], **config: Any) -> Found:
    """What the hook of this name finds in these files."""
    hook = read_hook(HOOKS / name)
    assert hook.bundle
    release = NewRelease.model_validate({**hook.release, "digest": hook.digest})
    wanted = {path: content for path, content in inputs.items() if matches_any(release.inputs, path)}
    own = release.model_dump(include={"entrypoint", "limits"})
    job = bundled_bytes(place / "job", hook.bundle, inputs=wanted, **own)
    (place / "job/output/run.json").write_text("{}")
    attempt = run(job._replace(config={**release.config, **config}), step=lambda: None)
    assert (attempt.ended, attempt.exit_code, attempt.stderr_tail) == (Ended.EXITED, 0, "")
    return Found(place / "job/output", release.contract)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The report of a real test run."""
    folder = tmp_path_factory.mktemp("tested")
    (folder / "test_real.py").write_text(CASES)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--junitxml=report.xml",
        "--rootdir=.",
    ]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return (folder / "report.xml").read_bytes()


def test_junit_summary_counts_the_cases_of_a_real_report(place: Path, report: bytes) -> None:
    found = found_by(place, "junit-summary", {"reports/junit.xml": report, "pom.xml": b"<project/>"})
    (row,) = found.rows
    assert row.pop("time_s") > 0
    counted = {"tests": 4, "passed": 1, "failures": 1, "errors": 1, "skipped": 1}
    assert row == {"file": "reports/junit.xml", "suite": "pytest", **counted}
    assert found.status == "passed"


def test_junit_summary_rejects_failures_when_it_is_told_to(place: Path, report: bytes) -> None:
    found = found_by(place, "junit-summary", {"junit.xml": report}, reject_on_failure=True)
    assert (found.status, found.reason, len(found.rows)) == ("rejected", "2 test cases failed", 1)


def test_junit_summary_believes_no_count_that_the_cases_contradict(place: Path) -> None:
    lying = b'<testsuites><testsuite name="a" tests="99" time="1,000.5"><testcase/></testsuite>'
    lying += b'<testsuite name="outer"><testsuite name="b" tests="3" failures="1" time="nan"/></testsuite>'
    lying += b"</testsuites>"
    rows = found_by(place, "junit-summary", {"a.xml": lying}).rows
    assert [(row["suite"], row["tests"], row["failures"], row.get("time_s")) for row in rows] == [
        ("a", 1, 0, 1000.5),
        ("b", 3, 1, None),
    ]


@pytest.mark.parametrize(
    "content",
    [LAUGHS, FILE_ENTITY, b"<testsuite>", b"", b'<?xml version="1.0" encoding="idna"?><testsuite/>'],
    ids=["laughs", "file", "cut off", "empty", "encoding"],
)
def test_junit_summary_refuses_hostile_and_broken_reports_and_names_them(place: Path, content: bytes) -> None:
    found = found_by(place, "junit-summary", {"bad.xml": content})
    assert (found.status, found.rows) == ("rejected", [])
    assert found.reason.startswith("bad.xml ")


def test_sbom_inventory_lists_every_component(place: Path) -> None:
    inputs = {
        "a.cdx.json": json.dumps(CYCLONEDX).encode(),
        "b.spdx.json": json.dumps(SPDX).encode(),
        "c.json": b"[",
    }
    found = found_by(place, "sbom-inventory", inputs)
    told = [(row["name"], row.get("version"), row.get("purl"), row.get("licence")) for row in found.rows]
    assert told == [
        ("requests", "2.32.3", "pkg:pypi/requests@2.32.3", "Apache-2.0"),
        ("inner", None, None, "MIT OR GPL-2.0-only"),
        ("odd", None, None, None),
        ("zlib", "1.3", "pkg:generic/zlib@1.3", "Zlib"),
    ]
    assert {row["format"] for row in found.rows} == {"CycloneDX 1.5", "SPDX-2.3"}
    assert found.status == "passed"


def test_sbom_inventory_rejects_a_refused_licence(place: Path) -> None:
    inputs = {"a.json": json.dumps(SPDX).encode()}
    found = found_by(place, "sbom-inventory", inputs, refused_licences=["Zlib"])
    assert (found.status, found.reason) == ("rejected", "zlib is under Zlib")


@pytest.mark.parametrize(
    "content",
    [b'{"bomFormat": "CycloneDX"', b'{"bomFormat":' + b"[" * 100_000, b'{"spdxVersion": "\xff"}'],
    ids=["cut off", "deep", "no text"],
)
def test_sbom_inventory_names_a_bill_that_cannot_be_read(place: Path, content: bytes) -> None:
    found = found_by(place, "sbom-inventory", {"bad.json": content})
    assert (found.status, found.rows) == ("rejected", [])
    assert found.reason.startswith("bad.json is not JSON")


def test_text_endpoints_finds_urls_and_hosts_with_their_lines(place: Path) -> None:
    text = b"see https://ada:pw@Docs.Example.org:8443/a?b=1.\nhost db-1.internal, file main.py\n\xff ftp://[::1]/x\n"
    found = found_by(
        place, "text-endpoints", {"notes.txt": text, "image.png": b"\x89PNG\x00 http://no.example.org"}
    )
    assert [(row["line"], row["kind"], row["value"], row["host"]) for row in found.rows] == [
        (1, "url", "https://ada:pw@Docs.Example.org:8443/a?b=1", "docs.example.org"),
        (2, "host", "db-1.internal", "db-1.internal"),
        (3, "url", "ftp://[::1]/x", "[::1]"),
    ]


def test_text_endpoints_reads_a_real_run(place: Path) -> None:
    folder = ROOT / "examples" / "guide-board-cmis-run"
    inputs = {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    found = found_by(place, "text-endpoints", inputs)
    lines = {(row["file"], row["line"]): row["value"] for row in found.rows}
    assert lines
    for (file, line), value in lines.items():
        assert value in inputs[file].decode("utf-8", "replace").split("\n")[line - 1]


@pytest.mark.parametrize("text", ["a." * 400_000, "http:" * 200_000, "a://" + "x" * 800_000, "-" * 800_000])
def test_text_endpoints_takes_its_time_in_proportion(place: Path, text: str) -> None:
    assert found_by(place, "text-endpoints", {"long.txt": text.encode()}).status == "passed"


@pytest.mark.parametrize("path", sorted(CONVENTIONS.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_convention_is_one_and_its_hooks_are_there(path: Path) -> None:
    deploy = Deploy.model_validate(read_yaml(path))
    assert isinstance(deploy, Terms)
    assert {name for name in deploy.names if not (HOOKS / name).is_dir()} == set()
    assert deploy.names
