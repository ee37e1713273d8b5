"""POST /hooks/{name}/releases: what is a new release, what is the same, and what is refused."""

import hashlib
from typing import Any

import pytest

from chalicelib.core.settings import Integrity
from tests.conftest import Configure
from tests.support.factories import CODE_SHA256
from tests.support.hooks.world import chain, everything, release_body
from tests.support.served import Served, answered

HOOK = "/hooks/junit-summary"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:suites"
BUNDLE = {"feature": "suites", "contract": [{"name": "suite", "type": "string"}]}


def released(served: Served, status: int, **overrides: Any) -> Any:
    """Release; what was answered."""
    return answered(served.api.post(f"{HOOK}/releases", release_body(**overrides)), status)


def test_the_first_release_makes_the_hook(served: Served) -> None:
    made = released(served, 201, source_ref="git:abc", config={"depth": 2})
    assert (made["hook"], made["version"], made["created"], made["live_version"]) == (
        "junit-summary",
        1,
        True,
        1,
    )
    assert (made["config"], made["source_ref"], made["built_by"]) == ({"depth": 2}, "git:abc", "ada")
    assert made["limits"] == {"memory_mib": 512, "timeout_s": 60, "cpu_s": 60, "output_mib": 64}
    kept = answered(served.api.get(f"{HOOK}/releases/1"))
    assert kept == {name: made[name] for name in kept}
    assert chain(served, "hook", "junit-summary") == ["hooks:hook:created"]


@pytest.mark.parametrize(
    "other",
    [
        {"config": {"depth": 3}},
        {"limits": {"memory_mib": 1024}},
        {"digest": CODE_SHA256.replace("47", "48")},
        {"function_arn": f"{ARN}:8"},
        {"inputs": ["**/*.xml"]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_release_that_differs_in_one_thing_is_the_next_version(
    served: Served, other: dict[str, Any]
) -> None:
    released(served, 201)
    made = released(served, 201, **other)
    assert (made["version"], made["created"], made["live_version"]) == (2, True, 2)
    assert {name: made[name] for name in other} == other | (
        {"limits": made["limits"]} if "limits" in other else {}
    )


def test_a_release_whose_source_alone_differs_is_the_same(served: Served) -> None:
    released(served, 201, source_ref="git:abc")
    before = everything(served)
    again = released(served, 200, source_ref="git:def")
    assert (again["version"], again["created"], again["source_ref"]) == (1, False, "git:abc")
    assert everything(served) == before


def test_config_in_another_order_is_the_same_release(served: Served) -> None:
    released(served, 201, config={"a": 1, "b": 2})
    assert released(served, 200, config={"b": 2, "a": 1})["version"] == 1


def test_an_earlier_release_again_is_found_and_does_not_become_live(served: Served) -> None:
    released(served, 201)
    released(served, 201, config={"depth": 2})
    again = released(served, 200)
    assert (again["version"], again["created"], again["live_version"]) == (1, False, 2)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"feature": "cases"}, "feature"),
        ({"contract": [{"name": "suite", "type": "string"}]}, "contract.suite"),
        ({"contract": [{"name": "suite", "type": "json", "required": True}]}, "contract.suite"),
        ({"contract": [{"name": "case", "type": "string"}]}, "contract.case"),
    ],
)
def test_another_contract_is_refused_and_the_difference_shown(
    served: Served, other: dict[str, Any], what: str
) -> None:
    released(served, 201)
    before = everything(served)
    refused = released(served, 409, config={"depth": 3}, **other)
    assert refused["code"] == "HOOK_CONTRACT_CONFLICT"
    shown = {found["what"]: found for found in refused["details"]["differences"]}
    assert shown[what]["fixed"] != shown[what]["sent"]
    assert everything(served) == before


@pytest.mark.parametrize(
    ("name", "overrides", "word"),
    [
        ("latest", {"function_arn": f"{ARN}:$LATEST"}, "published version"),
        ("alias", {"function_arn": f"{ARN}:prod"}, "published version"),
        ("no version", {"function_arn": ARN}, "published version"),
        ("no function", {"function_arn": None}, "published version"),
        ("hex digest", {"digest": "0" * 64}, "CodeSha256"),
        ("entrypoint", {"entrypoint": ["python", "x.py"]}, "must not have an `entrypoint`"),
        (
            "bundle with a function",
            {"runtime": "bundle", "digest": "0" * 64},
            "must not have a `function_arn`",
        ),
        ("bundle of no digest", {"runtime": "bundle", "function_arn": None}, "SHA-256"),
        ("big config", {"config": {"b": "x" * 40_000}}, "MAX_CONFIG_BYTES"),
        ("no columns", {"contract": []}, "at least 1"),
        ("unknown field", {"colour": "red"}, "is not a known field"),
        ("climbing input", {"inputs": ["../etc/**"]}, "dot segments"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_released_is_told_why(
    served: Served, name: str, overrides: dict[str, Any], word: str
) -> None:
    assert name
    refused = served.api.post(f"{HOOK}/releases", release_body() | overrides)
    assert refused.status == 422
    assert word in refused.json["message"]
    assert served.api.get(HOOK).status == 404


@pytest.mark.parametrize("name", ["Upper", "a b", "a" * 65, "a--b", "-a", "é"])
def test_a_name_that_is_no_slug_is_refused(served: Served, name: str) -> None:
    from urllib.parse import quote

    refused = served.api.post(f"/hooks/{quote(name)}/releases", release_body())
    assert (refused.status, refused.code) == (422, "INVALID_HOOK_NAME")


def test_a_bundle_is_released_once_its_bytes_are_there(served: Served) -> None:
    body = BUNDLE | {"digest": hashlib.sha256(b"zip").hexdigest()}
    refused = answered(served.api.post(f"{HOOK}/releases", body), 409)
    assert refused["code"] == "BUNDLE_NOT_STORED"
    assert served.api.get(HOOK).status == 404
    served.bundle("junit-summary", b"zip")
    made = answered(served.api.post(f"{HOOK}/releases", body), 201)
    assert (made["runtime"], made["entrypoint"], made["inputs"]) == ("bundle", ["python", "main.py"], ["**"])
    said = body | {"entrypoint": ["python", "main.py"], "inputs": ["**"], "config": {}}
    assert answered(served.api.post(f"{HOOK}/releases", said))["created"] is False


def test_more_memory_than_there_is_here_is_refused_when_it_is_released(
    served: Served, adjust: Configure
) -> None:
    adjust(hook_memory_max_mib=256)
    body = BUNDLE | {"digest": served.bundle("junit-summary", b"zip")}
    refused = answered(served.api.post(f"{HOOK}/releases", body | {"limits": {"memory_mib": 257}}), 422)
    [broken] = refused["details"]["errors"]
    assert (refused["code"], broken["field"]) == ("INVALID_REQUEST", "limits.memory_mib")
    assert "257; at most 256 (HOLDFAST_HOOK_MEMORY_MAX_MIB)" in broken["rule"]
    assert served.api.get(HOOK).status == 404
    answered(served.api.post(f"{HOOK}/releases", body | {"limits": {"memory_mib": 256}}), 201)


def test_where_the_store_proves_nothing_the_bundle_is_hashed(served: Served, adjust: Configure) -> None:
    digest = served.bundle("junit-summary", b"zip")
    adjust(s3_integrity=Integrity.READBACK)
    key = f"{served.workspace}/{served.workspace}/hooks/sha256/{digest}"
    assert answered(served.api.post(f"{HOOK}/releases", BUNDLE | {"digest": digest}), 201)
    served.s3.put_object(Bucket=served.bucket, Key=key, Body=b"pwn")
    body = BUNDLE | {"digest": digest, "config": {"depth": 2}}
    assert answered(served.api.post(f"{HOOK}/releases", body), 409)["code"] == "BUNDLE_DIFFERS"


def test_an_idempotency_key_gives_the_same_answer_again(served: Served) -> None:
    headers = {"idempotency-key": "k1"}
    asked = [
        served.api.request("POST", f"{HOOK}/releases", body=release_body(), headers=headers) for _ in "ab"
    ]
    assert [answer.status for answer in asked] == [201, 201]
    assert asked[0].json == asked[1].json
