"""A package is held against its convention before it is finalized or queued, and again by the worker."""

from typing import Any

import pytest

from tests.support.hooks.world import everything
from tests.support.served import Served, answered, declared, deliver

GIB = 1024**3
TERMS = {
    "metadata_schema": {
        "type": "object",
        "required": ["commit"],
        "properties": {"commit": {"type": "string", "minLength": 7}},
    },
    "required_files": ["**/*.xml", "log.txt"],
}
GOOD = {"reports/a.xml": b"<x/>", "log.txt": b"done"}


@pytest.fixture(autouse=True)
def convention(served: Served) -> None:
    """What packages of these tests must be."""
    served.declare("junit-run", **TERMS)


def package(served: Served, files: dict[str, bytes], **metadata: Any) -> str:
    """A package of the convention that holds `files`."""
    package_id = served.create(convention="junit-run", metadata=metadata)
    served.upload(package_id, files)
    return package_id


def large(served: Served, **metadata: Any) -> str:
    """A package that is too long to prove in a request."""
    package_id = package(served, GOOD, **metadata)
    answered(
        served.api.post(f"/packages/{package_id}/uploads", {"files": [declared("large", b"", size=GIB)]})
    )
    return package_id


def broken(refused: Any) -> set[tuple[str, str]]:
    """The rules that a refusal names."""
    assert (refused["code"], refused["details"]["convention"]) == ("CONVENTION_NOT_MET", "junit-run")
    return {(error["field"], error["rule"]) for error in refused["details"]["errors"]}


def test_a_package_that_meets_its_convention_is_sealed(served: Served) -> None:
    package_id = package(served, GOOD, commit="0123456")
    finalized = answered(served.finalize(package_id))
    assert (finalized["status"], finalized["convention"]) == ("finalized", "junit-run")
    assert answered(served.finalize(package_id)) == finalized


def test_every_broken_rule_is_named_and_nothing_is_sealed(served: Served) -> None:
    package_id = package(served, {"a.txt": b"x"}, commit="012")
    before = everything(served)
    assert broken(answered(served.finalize(package_id), 422)) == {
        ("metadata.commit", "'012' is too short"),
        ("files", "no file matches '**/*.xml'"),
        ("files", "no file matches 'log.txt'"),
    }
    assert everything(served) == before
    assert served.show(package_id)["status"] == "uploading"


def test_metadata_as_a_whole_is_named_where_a_field_is_missing(served: Served) -> None:
    refused = answered(served.finalize(package(served, GOOD)), 422)
    assert broken(refused) == {("metadata", "'commit' is a required property")}


def test_a_file_that_was_missing_is_handed_over_and_then_it_is_sealed(served: Served) -> None:
    package_id = package(served, {"reports/a.xml": b"<x/>"}, commit="0123456")
    assert served.finalize(package_id).status == 422
    served.upload(package_id, {"log.txt": b"done"})
    assert answered(served.finalize(package_id))["status"] == "finalized"


def test_a_pattern_that_would_take_years_refuses_and_holds_nothing_up(served: Served) -> None:
    terms = {"metadata_schema": {"properties": {"rig": {"pattern": "^(a+)+$"}}}}
    answered(served.api.post("/conventions", {"slug": "junit-run", "title": "A run"} | terms))
    refused = answered(served.finalize(package(served, GOOD, rig="a" * 60 + "!")), 422)
    [(field, rule)] = broken(refused)
    assert (field, "MAX_WORK_S" in rule) == ("metadata", True)
    assert answered(served.finalize(package(served, GOOD, rig="aaa")))["status"] == "finalized"


def test_long_work_that_could_only_fail_is_not_queued(served: Served) -> None:
    package_id = large(served)
    before = everything(served)
    broken(answered(served.finalize(package_id), 422))
    assert everything(served) == before
    assert served.messages() == []


def test_the_worker_holds_it_against_the_convention_as_it_then_stands(served: Served) -> None:
    package_id = large(served, commit="0123456")
    operation_id = answered(served.finalize(package_id), 202)["operation_id"]
    stricter = {"slug": "junit-run", "title": "A run", "required_files": ["coverage.json"]}
    answered(served.api.post("/conventions", stricter))
    assert deliver(*served.messages()) == []
    operation = served.operation(operation_id)
    assert (operation["status"], operation["outcome"]) == ("completed", "failed")
    [failure] = operation["failures"]
    assert failure["code"] == "CONVENTION_NOT_MET"
    assert served.show(package_id)["status"] == "uploading"


def test_a_sealed_package_stays_sealed_when_its_convention_changes(served: Served) -> None:
    package_id = package(served, GOOD, commit="0123456")
    finalized = answered(served.finalize(package_id))
    answered(
        served.api.post("/conventions", {"slug": "junit-run", "title": "A run", "required_files": ["x"]})
    )
    assert answered(served.finalize(package_id)) == finalized
