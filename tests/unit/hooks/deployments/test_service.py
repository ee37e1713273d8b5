"""POST /conventions: a convention with its schema, hooks and releases, all of it or nothing."""

from typing import Any

import pytest

from holdfast.api.deployments import MAX_HOOKS
from tests.support.factories import SHA256
from tests.support.hooks.races import at_once
from tests.support.hooks.world import chain, deploy_body, everything, hook_entry, release_body
from tests.support.served import Served, answered
from tests.support.wire import counting

SCHEMA = {"id": "junit", "version": "1", "fields": [{"name": "suite", "type": "string", "required": True}]}
BAD_THIRD = {
    "another contract": hook_entry("there", feature="cases"),
    "no bundle": {"name": "third", "feature": "suites", "contract": SCHEMA["fields"], "digest": SHA256},
    "unknown by name": "third",
    "broken limits": hook_entry("third") | {"limits": {"memory_mib": 1}},
}


def deployed(served: Served, status: int, body: dict[str, Any]) -> Any:
    """Deploy; what was answered."""
    return answered(served.api.post("/conventions", body), status)


def full(**overrides: Any) -> dict[str, Any]:
    """A deploy of everything that there is."""
    terms = {
        "metadata_schema": {"type": "object", "required": ["commit"]},
        "required_files": ["**/*.xml"],
        "schema": SCHEMA,
    }
    return deploy_body(hook_entry("one"), hook_entry("two", config={"depth": 2}), **terms | overrides)


def test_one_call_makes_the_convention_its_schema_hooks_and_releases(served: Served) -> None:
    made = deployed(served, 201, full())
    assert (made["slug"], made["hooks"], made["schema"], made["revision"]) == (
        "junit-run",
        ["one", "two"],
        SCHEMA,
        1,
    )
    assert [(release["hook"], release["version"], release["created"]) for release in made["releases"]] == [
        ("one", 1, True),
        ("two", 1, True),
    ]
    shown = answered(served.api.get("/conventions/junit-run"))
    assert shown == {name: made[name] for name in shown}
    assert [answered(served.api.get(f"/hooks/{name}"))["live_version"] for name in ("one", "two")] == [1, 1]
    assert chain(served, "convention", "junit-run") == ["conventions:convention:created"]
    assert chain(served, "hook", "two") == ["hooks:hook:created"]


def test_the_same_deploy_again_changes_nothing(served: Served) -> None:
    first = deployed(served, 201, full())
    before = everything(served)
    with counting() as requests:
        again = deployed(served, 200, full())
    assert again == first | {
        "created": False,
        "releases": [release | {"created": False} for release in first["releases"]],
    }
    assert everything(served) == before
    assert requests == {"BatchGetItem": 4}


def test_a_deploy_that_differs_writes_what_differs(served: Served) -> None:
    deployed(served, 201, full())
    other = full(title="Another title", hooks=[hook_entry("two"), hook_entry("three"), "one"])
    made = deployed(served, 200, other)
    assert (made["title"], made["hooks"], made["revision"]) == ("Another title", ["two", "three", "one"], 2)
    assert [(release["hook"], release["version"], release["created"]) for release in made["releases"]] == [
        ("two", 2, True),
        ("three", 1, True),
    ]
    assert chain(served, "convention", "junit-run")[-1] == "conventions:convention:updated"
    assert chain(served, "hook", "two") == ["hooks:hook:created", "hooks:release:added"]
    assert chain(served, "hook", "one") == ["hooks:hook:created"]


@pytest.mark.parametrize("bad", BAD_THIRD)
def test_a_bad_third_hook_changes_nothing_at_all(served: Served, bad: str) -> None:
    answered(served.api.post("/hooks/there/releases", release_body()), 201)
    before = everything(served)
    body = deploy_body(hook_entry("one"), hook_entry("two"), BAD_THIRD[bad], schema=SCHEMA)
    assert served.api.post("/conventions", body).status in {409, 422}
    assert everything(served) == before


def test_a_schema_never_has_other_fields_under_its_version(served: Served) -> None:
    deployed(served, 201, full())
    before = everything(served)
    other = SCHEMA | {"fields": [{"name": "suite", "type": "json"}]}
    refused = deployed(served, 409, full(slug="another", schema=other, hooks=[hook_entry("new")]))
    assert refused["code"] == "SCHEMA_CONFLICT"
    assert (refused["details"]["fixed"], refused["details"]["sent"][0]["type"]) == (SCHEMA["fields"], "json")
    assert everything(served) == before
    made = deployed(served, 200, full(schema=other | {"version": 2}))
    assert made["schema"]["version"] == "2"


def test_as_many_hooks_as_are_allowed_fit_one_transaction(served: Served) -> None:
    hooks = [hook_entry(f"hook-{number}") for number in range(MAX_HOOKS)]
    made = deployed(served, 201, deploy_body(*hooks, schema=SCHEMA))
    assert [release["created"] for release in made["releases"]] == [True] * MAX_HOOKS
    again = [entry | {"config": {"depth": 2}} for entry in hooks]
    made = deployed(served, 200, deploy_body(*again, schema=SCHEMA | {"version": "2"}))
    assert {release["version"] for release in made["releases"]} == {2}


@pytest.mark.parametrize(
    ("hooks", "word"),
    [
        ([{"name": f"hook-{number}", "broken": 1} for number in range(MAX_HOOKS + 1)], "MAX_HOOKS"),
        ([f"hook-{number}" for number in range(MAX_HOOKS + 1)], "MAX_HOOKS"),
        ([{"name": "one", "broken": 1}, "two", "one"], "must not name hooks twice: one"),
    ],
    ids=["too many broken", "too many names", "twice"],
)
def test_too_many_hooks_or_one_twice_is_refused_before_anything_else(
    served: Served, hooks: list[Any], word: str
) -> None:
    with counting() as requests:
        refused = served.api.post("/conventions", deploy_body(*hooks))
    assert refused.status == 422
    assert [error["field"] for error in refused.json["details"]["errors"]] == ["hooks"]
    assert word in refused.json["message"]
    assert requests == {}


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"metadata_schema": {"type": "text"}}, "INVALID_METADATA_SCHEMA"),
        ({"metadata_schema": {"$ref": "https://example.org/x"}}, "INVALID_METADATA_SCHEMA"),
        ({"hooks": ["absent"]}, "UNKNOWN_HOOK"),
        ({"slug": "Not A Slug"}, "INVALID_REQUEST"),
        ({"required_files": ["/etc/passwd"]}, "INVALID_REQUEST"),
        ({"required_files": ["a"] * 51}, "INVALID_REQUEST"),
        ({"schema": {"id": "a", "version": True, "fields": SCHEMA["fields"]}}, "INVALID_REQUEST"),
        ({"colour": "red"}, "INVALID_REQUEST"),
    ],
)
def test_what_cannot_be_declared_is_told_why(served: Served, overrides: dict[str, Any], code: str) -> None:
    refused = deployed(served, 422, deploy_body(**overrides))
    assert refused["code"] == code
    assert everything(served) == []


def test_of_many_equal_deploys_at_once_one_is_made(served: Served) -> None:
    answers = at_once(lambda _: served.api.post("/conventions", full()), writers=8)
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert [answer.json["revision"] for answer in answers] == [1] * 8
    assert len(served.pages("/hooks/one/releases")) == 1


def test_deploys_of_other_hooks_at_once_are_all_made(served: Served) -> None:
    def act(writer: int) -> int:
        body = deploy_body(hook_entry("shared", config={"writer": writer}), slug=f"run-{writer}")
        return served.api.post("/conventions", body).status

    assert at_once(act, writers=6) == [201] * 6
    assert [release["version"] for release in served.pages("/hooks/shared/releases")] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), ("manager", 201)])
def test_managers_deploy_and_others_only_look(served: Served, role: str, status: int) -> None:
    member = served.api.asked_by(served.token(role=role))
    assert member.post("/conventions", deploy_body()).status == status
    assert member.get("/conventions").status == 200
