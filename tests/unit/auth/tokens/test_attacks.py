"""Attacks on tokens of the machine issuer, on every route (docs/concepts/identity-and-tenants.md).

Every one of them is answered as a token that is none at all.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey

from chalicelib.http.routes import Route
from tests.conftest import Configure
from tests.support.api import Api
from tests.support.factories import SECRET, WORKSPACE, make_token
from tests.support.forgery import forge, unsigned
from tests.support.machines import ISSUER, KEY, STRANGE_KEY, jwk, machine_claims, machine_token, pem, setting
from tests.support.problems import assert_problem, without_id
from tests.support.routes import ask, guarded_routes, named
from tests.unit.auth.test_tokens import key_pair

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def plain(**overrides: Any) -> dict[str, Any]:
    """The claims of a machine's token, as JSON has them."""
    claims = machine_claims()
    moments = {name: int(claims[name].timestamp()) for name in ("iat", "exp")}
    return claims | moments | overrides


def by_hand(**overrides: Any) -> str:
    """A token, rightly signed, with claims as they are given, None included."""
    return signed({"alg": "EdDSA"}, plain(**overrides))


def signed(header: dict[str, Any], claims: dict[str, Any] | None = None) -> str:
    """A token, rightly signed, that no library would write."""
    head, body, _ = forge(claims or plain(), header=header).split(".")
    signature = KEY.sign(f"{head}.{body}".encode())
    return f"{head}.{body}.{jwt.utils.base64url_encode(signature).decode()}"


def without(claim: str) -> str:
    """A token that has not this claim."""
    named: dict[str, Any] = {claim: None}
    return machine_token(**named)


def public_pem() -> bytes:
    """What everybody knows of the issuer."""
    return pem().encode()


ATTACKS: dict[str, Callable[[], str]] = {
    "another key": lambda: machine_token(key=STRANGE_KEY),
    "another curve": lambda: machine_token(key=Ed448PrivateKey.generate()),
    "another audience": lambda: machine_token(aud="holdfast"),
    "expired": lambda: machine_token(iat=NOW - HOUR, exp=NOW - timedelta(seconds=6)),
    "not yet valid": lambda: machine_token(nbf=NOW + HOUR),
    "made in the future": lambda: machine_token(iat=NOW + HOUR, exp=NOW + HOUR + HOUR / 60),
    "lives too long": lambda: machine_token(iat=NOW, exp=NOW + timedelta(seconds=901)),
    "ends before it begins": lambda: machine_token(iat=NOW + timedelta(seconds=4), exp=NOW),
    "alg none": lambda: unsigned(plain(), algorithm="none"),
    "alg EdDSA unsigned": lambda: unsigned(plain(), algorithm="EdDSA"),
    "HS256 by the public PEM": lambda: forge(plain(), key=public_pem()),
    "HS256 by the public bytes": lambda: forge(plain(), key=KEY.public_key().public_bytes_raw()),
    "HS256 that says EdDSA": lambda: forge(plain(), header={"alg": "EdDSA"}, key=public_pem()),
    "HS256 by the root secret": lambda: forge(plain(), key=SECRET.encode()),
    "RS256 for the issuer": lambda: machine_token(key=key_pair("RS256")[0], algorithm="RS256"),
    "ES256 for the issuer": lambda: machine_token(key=key_pair("ES256")[0], algorithm="ES256"),
    "unknown issuer": lambda: machine_token(iss="https://elsewhere.example"),
    "the issuer and more": lambda: machine_token(iss=f"{ISSUER}/"),
    "the primary issuer": lambda: machine_token(iss="holdfast", aud="holdfast"),
    "its own key": lambda: jwt.encode(
        plain(), STRANGE_KEY, algorithm="EdDSA", headers={"jwk": jwk(STRANGE_KEY), "jku": "https://x.example"}
    ),
    "no sub": lambda: without("sub"),
    "no exp": lambda: without("exp"),
    "no iat": lambda: without("iat"),
    "no aud": lambda: without("aud"),
    "no iss": lambda: without("iss"),
    "scope of a number": lambda: by_hand(scope=5),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_answered_on_every_route_as_a_token_that_is_none(machine: Api, attack: str) -> None:
    attacker = machine.asked_by(ATTACKS[attack]())
    for route in guarded_routes():
        answer, nonsense = ask(attacker, route), ask(machine.asked_by("no.token.atall"), route)
        assert answer.status == 401, named(route)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert_problem(answer.json, status=401)
        assert without_id(answer.json) == without_id(nonsense.json)


WRONG: dict[str, list[Any]] = {
    "exp": [[], {}, "soon", "4102444800", float("inf"), float("nan"), True, None, 10**400],
    "iat": [[], {}, "now", "0", float("-inf"), float("nan"), True, None, -(10**400), 0],
    "nbf": [[], "now", float("inf")],
    "sub": ["", 5, [], {}, None, "x" * 201],
    "iss": [5, [ISSUER], {}, None],
    "aud": [5, [5], {}, [], None],
    "scope": [True, {}, [1], [["packages:read"]], None, {"packages:read": 1}],
    "workspaces": [
        *("acme", 5, None, [5], [["acme"]], ["Acme"], ["acme", "a#b"], {"acme": "owner"}, {"acme": None}),
        *({WORKSPACE: {"tenants": tenants}} for tenants in ("*", 5, [5], None)),
        *({WORKSPACE: {"role": role}} for role in ("owner", None, "viewer")),
        *({slug: {}} for slug in ("", "A", "a#b", "a/b", "a" * 64, "-a", "a\n", "é")),
    ],
}


@pytest.mark.parametrize(
    "claim", [(name, value) for name, values in WRONG.items() for value in values], ids=lambda c: str(c)[:60]
)
def test_a_claim_of_the_wrong_type_is_refused(machine: Api, claim: tuple[str, Any]) -> None:
    name, value = claim
    answer = machine.asked_by(by_hand(**{name: value})).get("/packages")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "kid", ["old", "../../dev/null", "' OR 1=1", "", "NEW", "new ", 5, None, ["new"], {"new": 1}, True]
)
def test_a_kid_that_names_no_key_is_refused(moto_table: Configure, kid: object) -> None:
    keys = [jwk(KEY, kid="new"), jwk(STRANGE_KEY, kid="next")]
    moto_table(extra_issuer=setting(public_key=None, jwks={"keys": keys}))
    assert Api(token=signed({"alg": "EdDSA", "kid": kid})).get("/packages").status == 401
    assert Api(token=signed({"alg": "EdDSA", "kid": "new"})).get("/packages").status == 200


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "ES256", "Ed448", "eddsa", ""])
def test_the_right_signature_under_another_alg_is_refused(machine: Api, algorithm: str) -> None:
    assert machine.asked_by(signed({"alg": "EdDSA"})).get("/packages").status == 200
    assert machine.asked_by(signed({"alg": algorithm})).get("/packages").status == 401


@pytest.mark.parametrize("route", guarded_routes(), ids=named)
def test_without_a_machine_issuer_its_tokens_are_worth_nothing(api: Api, route: Route) -> None:
    answer, nonsense = ask(api.asked_by(machine_token()), route), ask(api.asked_by("no.token.atall"), route)
    assert answer.status == 401
    assert without_id(answer.json) == without_id(nonsense.json)


def test_the_primary_key_speaks_for_no_machine_and_a_machines_for_no_person(machine: Api) -> None:
    assert machine.asked_by(make_token(iss=ISSUER, aud="holdfast-machines")).get("/packages").status == 401
    person = machine_token(iss="holdfast", aud="holdfast", workspaces={WORKSPACE: {"role": "owner"}})
    assert machine.asked_by(person).get("/packages").status == 401
