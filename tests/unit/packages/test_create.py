"""POST /packages and GET /packages/{id}, over the real routes."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.retention.models.classes import PERIOD_DAYS
from holdfast.api import moments
from holdfast.api.packages import Status
from holdfast.api.retention import RetentionClass
from tests.support.factories import MOMENT
from tests.support.served import Served, answered

PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
FULL = PACKAGE | {
    "version": "1.2.3",
    "convention": "junit-run",
    "subject": {"repo": "acme/app", "commit": "0" * 40},
    "metadata": {"suite": ["a", 1, 2.5, None, True, {"é": "\u6f22"}]},
    "retention_class": "release-evidence",
}


@pytest.fixture(autouse=True)
def convention(served: Served) -> None:
    """The convention that `FULL` names."""
    served.declare("junit-run")


def test_a_new_package_is_created_and_empty(served: Served) -> None:
    package = answered(served.api.post("/packages", FULL), 201)
    assert {name: package[name] for name in FULL if name != "subject"} == {
        name: value for name, value in FULL.items() if name != "subject"
    }
    assert package["subject"] == {"repo": "acme/app", "commit": "0" * 40, "tenant": None}
    assert package["status"] == Status.CREATED
    assert package["workspace"] == served.workspace
    assert package["created_by"] == "ada"
    assert package["id"].startswith("pkg_")
    assert (package["file_count"], package["total_bytes"], package["holds"]) == (0, 0, [])
    assert [package[name] for name in ("manifest_digest", "finalized_at", "failure")] == [None] * 3


def test_what_is_shown_later_is_what_was_answered_at_creation(served: Served) -> None:
    package = answered(served.api.post("/packages", FULL), 201)
    assert served.show(package["id"]) == package


def test_nothing_internal_is_answered(served: Served) -> None:
    package = answered(served.api.post("/packages", FULL), 201)
    assert not {"page_count", "finalize_operation_id", "version_", "pk", "sk"} & set(package)


@pytest.mark.parametrize("name", sorted(RetentionClass))
def test_a_package_expires_a_period_of_its_class_after_creation(served: Served, name: str) -> None:
    with clock.freeze(MOMENT):
        package = answered(served.api.post("/packages", PACKAGE | {"retention_class": name}), 201)
    days = PERIOD_DAYS[RetentionClass(name)]
    expected = None if days is None else moments.rfc3339(MOMENT + timedelta(days=days))
    assert package["expires_at"] == expected


def test_the_default_class_is_raw_evidence(served: Served) -> None:
    assert served.show(served.create())["retention_class"] == "raw-evidence"


@pytest.mark.parametrize("name", ["producer", "kind", "name"])
def test_what_a_package_needs_is_asked_for_by_name(served: Served, name: str) -> None:
    answer = served.api.post("/packages", {key: value for key, value in PACKAGE.items() if key != name})
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert [error["field"] for error in answer.json["details"]["errors"]] == [name]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "Not A Slug"),
        ("kind", "a--b"),
        ("kind", "junit\n"),
        ("kind", ""),
        ("kind", "a" * 65),
        ("convention", "_x"),
        ("producer", ""),
        ("producer", "x" * 201),
        ("name", 7),
        ("retention_class", "for-ever"),
        ("subject", {"repo": "a", "branch": "b"}),
        ("subject", {"tenant": "Not A Slug"}),
        ("status", "finalized"),
        ("expires_at", "2030-01-01T00:00:00Z"),
        ("workspace", "other"),
        ("id", "pkg_1"),
        ("metadata", [1]),
        ("metadata", "text"),
        ("metadata", None),
    ],
)
def test_a_field_that_breaks_a_rule_or_is_unknown_is_refused_by_name(
    served: Served, field: str, value: Any
) -> None:
    answer = served.api.post("/packages", PACKAGE | {field: value})
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert all(error["field"].startswith(field) for error in answer.json["details"]["errors"])
    assert served.pages("/packages") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"{}{}"])
def test_a_body_that_is_no_object_is_refused_without_a_fault(served: Served, body: bytes) -> None:
    assert served.api.post("/packages", body).status in {400, 422}


def test_a_package_of_another_workspace_is_not_there(served: Served) -> None:
    package_id = served.create()
    stranger = served.api.asked_by(Served.token_of("elsewhere"))
    missing = stranger.get("/packages/pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    found = stranger.get(f"/packages/{package_id}")
    assert found.status == 404
    assert _without_id(found.json) == _without_id(missing.json)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "", None),
        ("GET", "/files", None),
        ("GET", "/download?path=a", None),
        ("GET", "/manifest", None),
        ("GET", "/events", None),
        ("POST", "/uploads", {"files": [{"path": "a", "sha256": "0" * 64, "size": 0}]}),
        ("POST", "/finalize", {}),
        ("POST", "/fail", {"reason": "gone"}),
    ],
)
def test_a_package_of_a_tenant_is_not_there_for_members_of_another(
    served: Served, method: str, target: str, body: Any
) -> None:
    package_id = served.create(subject={"tenant": "red"})
    stranger = served.api.asked_by(served.token(tenants=["blue"]))
    there = stranger.request(method, f"/packages/{package_id}{target}", body=body)
    missing = stranger.request(method, f"/packages/pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV{target}", body=body)
    assert there.status == 404
    assert _without_id(there.json) == _without_id(missing.json)
    assert served.show(package_id)["status"] == Status.CREATED


def test_nobody_creates_a_package_for_a_tenant_that_is_not_theirs(served: Served) -> None:
    stranger = served.api.asked_by(served.token(tenants=["blue"]))
    assert stranger.post("/packages", PACKAGE | {"subject": {"tenant": "red"}}).status == 404
    assert answered(stranger.post("/packages", PACKAGE | {"subject": {"tenant": "blue"}}), 201)
    assert [package["subject"]["tenant"] for package in served.pages("/packages")] == ["blue"]


def test_a_viewer_sees_packages_and_makes_none(served: Served) -> None:
    package_id = served.create()
    viewer = served.api.asked_by(served.token(role="viewer"))
    assert viewer.get(f"/packages/{package_id}").status == 200
    assert viewer.post("/packages", PACKAGE).status == 403
    assert viewer.post(f"/packages/{package_id}/finalize", {}).status == 403


@pytest.mark.parametrize("package_id", ["pkg_x", "%00", "..%2f..", "%F0%9F%98%80", "x" * 2500, "a%23b"])
def test_an_id_that_nothing_has_is_not_there(served: Served, package_id: str) -> None:
    assert served.api.get(f"/packages/{package_id}").status == 404


def _without_id(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}
