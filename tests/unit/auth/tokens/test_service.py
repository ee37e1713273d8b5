"""Machines: who they are, what they may, and that people notice nothing of them."""

import json
import logging
import subprocess
import sys
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from chalicelib.core import clock
from chalicelib.http.routes import Route
from holdfast.api.auth import Scope
from tests.conftest import Configure
from tests.support.api import ROOT, Answer, Api
from tests.support.factories import SECRET, WORKSPACE, make_member_token, make_token
from tests.support.forgery import forge, plain_claims, unsigned
from tests.support.machines import ISSUER, KEY, NEXT_KEY, SUBJECT, USER_ID, jwk, machine_token, pem, setting
from tests.support.problems import without_id
from tests.support.routes import ask, guarded_routes, member_routes, named

PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
WRITES = "packages:read packages:write"
every = pytest.mark.parametrize


def seen(answer: Answer) -> tuple[int, Any, dict[str, str]]:
    """An answer without what is of one request only."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "date"}}
    body = json.loads(answer.body or b"{}")
    return answer.status, without_id(body) if answer.status >= 400 else body, headers


@every("route", member_routes(), ids=named)
def test_a_machine_may_what_its_scopes_say_and_nothing_else(machine: Api, route: Route) -> None:
    allowed = ask(machine.asked_by(machine_token(scope=str(route.scope))), route)
    assert allowed.status not in {401, 403}
    others = " ".join(scope for scope in Scope if scope != route.scope)
    refused = ask(machine.asked_by(machine_token(scope=others)), route)
    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert refused.json["details"] == {"scope": str(route.scope)}


@every("route", member_routes(), ids=named)
def test_a_machine_is_bound_to_the_workspaces_of_its_claim(machine: Api, route: Route) -> None:
    all_scopes = machine.asked_by(machine_token(scope=" ".join(Scope)))
    missing = all_scopes.get("/packages/pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    elsewhere = ask(all_scopes, route, headers={"holdfast-workspace": "elsewhere"})
    assert elsewhere.status == missing.status == 404
    assert without_id(elsewhere.json) == without_id(missing.json)


def test_a_machine_without_a_workspace_or_a_scope_has_none(machine: Api) -> None:
    named_one = {"holdfast-workspace": WORKSPACE}
    homeless = machine.asked_by(machine_token(workspaces=None))
    assert homeless.get("/packages", headers=named_one).status == 404
    assert homeless.get("/packages").code == "WORKSPACE_REQUIRED"
    assert machine.asked_by(machine_token(scope=None)).get("/packages").status == 403


def test_no_membership_of_the_table_speaks_for_a_machine(machine: Api) -> None:
    owner = machine.asked_by(make_token())
    assert owner.post("/members", {"user_id": USER_ID, "role": "owner"}).status == 201
    homeless = machine.asked_by(machine_token(workspaces=None))
    assert homeless.get("/packages", headers={"holdfast-workspace": WORKSPACE}).status == 404
    assert machine.asked_by(machine_token(scope="")).get("/packages").status == 403


@every("claims", [{"scope": "ADMIN"}, {"scope": ["ADMIN"]}, {"roles": ["ADMIN"]}, {"kind": "person"}])
def test_a_machine_is_never_an_admin(machine: Api, claims: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"scope": "packages:read"} | claims
    asker = machine.asked_by(machine_token(**wanted))
    assert asker.post("/packages", PACKAGE).status == 403
    assert asker.get("/health/details").status == 403


@every("scope", [WRITES, WRITES.split(), f" {WRITES} "])
def test_scopes_are_a_string_or_a_list_of_strings(machine: Api, scope: object) -> None:
    assert machine.asked_by(machine_token(scope=scope)).post("/packages", PACKAGE).status == 201


def test_what_a_machine_does_is_done_in_the_name_of_its_issuer_and_subject(machine: Api) -> None:
    made = machine.asked_by(machine_token(scope=WRITES)).post("/packages", PACKAGE).json
    assert UUID(made["created_by"]).version == 5
    assert made["created_by"] == str(uuid5(uuid5(NAMESPACE_URL, ISSUER), SUBJECT)) == USER_ID
    other = machine.asked_by(machine_token(scope=WRITES, sub="repo:team/other:main"))
    assert other.post("/packages", PACKAGE).json["created_by"] != USER_ID


@every(
    ("workspaces", "status"),
    [
        ({WORKSPACE: {"tenants": ["red"]}}, 200),
        ({WORKSPACE: {"tenants": ["*"]}}, 200),
        ({WORKSPACE: {"tenants": ["blue"]}}, 404),
        ({WORKSPACE: {}}, 404),
        ([WORKSPACE], 404),
    ],
)
def test_a_machine_sees_the_tenants_of_its_binding(machine: Api, workspaces: object, status: int) -> None:
    body = PACKAGE | {"subject": {"tenant": "red"}}
    package_id = machine.asked_by(make_token()).post("/packages", body).json["id"]
    asker = machine.asked_by(machine_token(workspaces=workspaces))
    assert asker.get(f"/packages/{package_id}").status == status


def test_the_claims_may_have_other_names(moto_table: Configure) -> None:
    moto_table(extra_issuer=setting(scope_claim="scp", workspaces_claim="https://x.example/ws"))
    claims: dict[str, Any] = {
        "scope": 5,
        "workspaces": 5,
        "scp": ["packages:read"],
        "https://x.example/ws": [WORKSPACE],
    }
    assert Api(token=machine_token(**claims)).get("/packages").status == 200
    assert Api(token=machine_token()).get("/packages").status == 422


def test_keys_are_rotated_by_their_kid(moto_table: Configure) -> None:
    def statuses(*keys: dict[str, Any]) -> list[int]:
        moto_table(extra_issuer=setting(public_key=None, jwks={"keys": [*keys]}))
        tokens = [
            machine_token(kid="old"),
            machine_token(kid="new", key=NEXT_KEY),
            machine_token(kid="new"),
            machine_token(),
        ]
        return [Api(token=token).get("/packages").status for token in tokens]

    old, new = jwk(KEY, kid="old"), jwk(NEXT_KEY, kid="new", alg="EdDSA", use="sig")
    assert statuses(old) == [200, 401, 401, 200]
    assert statuses(old, new) == [200, 200, 401, 401]
    assert statuses(new) == [401, 200, 401, 401]


def test_a_single_key_without_a_name_serves_every_kid(moto_table: Configure) -> None:
    for given in ({"public_key": pem()}, {"public_key": None, "jwks": {"keys": [jwk()]}}):
        moto_table(extra_issuer=setting(**given))
        assert Api(token=machine_token(kid="any")).get("/packages").status == 200
        assert Api(token=machine_token()).get("/packages").status == 200


def people() -> list[str]:
    """Tokens of the primary issuer, good and bad, and what is none."""
    return [
        make_token(),
        make_member_token("viewer"),
        make_token(roles=["ADMIN"]),
        make_token(workspaces={}),
        make_token(secret=SECRET + "x"),
        make_token(iss="other"),
        make_token(aud="other"),
        forge(plain_claims(exp=1)),
        forge(plain_claims(), header={"alg": "none"}),
        unsigned(plain_claims(), algorithm="none"),
        forge(plain_claims(sub=None)),
        forge(plain_claims(workspaces={"acme": {}})),
        *("a.b.c", "..", "x", "no token at all"),
    ]


@every("route", guarded_routes(), ids=named)
def test_people_are_answered_alike_with_and_without_a_machine_issuer(
    api: Api, moto_table: Configure, route: Route
) -> None:
    ids = {"package_id": api.post("/packages", PACKAGE).json["id"], "user_id": "grace"}
    api.post("/members", {"user_id": "grace", "role": "viewer"})
    known = ids if route.method == "GET" else {}
    does_something = bool(route.body) or named(route) == "POST /storage/certificate"
    tokens = people() if route.method == "GET" or not does_something else people()[3:]
    with clock.freeze(clock.now()):
        without_machines = [seen(ask(api.asked_by(token), route, **known)) for token in tokens]
        moto_table(extra_issuer=setting())
        with_machines = [seen(ask(api.asked_by(token), route, **known)) for token in tokens]
    assert with_machines == without_machines


def test_nothing_of_a_token_is_logged_or_answered(machine: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = machine_token(sub="a-subject-nobody-should-read", key=NEXT_KEY)
    answer = machine.asked_by(token).get("/packages")
    shown = f"{answer} {caplog.text} {[record.__dict__ for record in caplog.records]}"
    assert answer.status == 401
    assert [part for part in token.split(".") if part in shown] == []
    assert "a-subject" not in shown


def test_the_app_starts_without_what_only_machines_need() -> None:
    code = "import sys, app; print([name for name in ('jwt', 'cryptography') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
