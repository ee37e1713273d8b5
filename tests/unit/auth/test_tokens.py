"""Attacks on tokens of the primary issuer (docs/concepts/identity-and-tenants.md).

Every one of them is answered alike: which check failed helps nobody but who forges tokens.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.conftest import Configure
from tests.support.api import Answer, Api
from tests.support.factories import SECRET, make_claims, make_token
from tests.support.forgery import forge, plain_claims, unsigned
from tests.support.problems import assert_problem, without_id

NOW = datetime.now(UTC)


def listed(api: Api, token: str | None) -> Answer:
    """What the holder of `token` gets for asking for a list."""
    return api.asked_by(token).get("/packages")


def refused(api: Api, token: str | None) -> None:
    """Expect that `token` is worth nothing, and that the answer does not say why."""
    answer = listed(api, token)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert_problem(answer.json, status=401)
    assert without_id(answer.json) == without_id(listed(api, "no.token.atall").json)


def test_a_valid_token_is_let_in(api: Api) -> None:
    assert listed(api, make_token()).status == 200
    assert listed(api, forge(plain_claims())).status == 200


def test_without_a_token_nobody_is_let_in(api: Api) -> None:
    answer = listed(api, None)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "BearerX", "bearer"])
def test_a_header_that_brings_no_bearer_token_is_refused(api: Api, header: str) -> None:
    answer = api.get("/packages", headers={"authorization": header})
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


def test_the_word_bearer_is_read_in_any_case(api: Api) -> None:
    assert api.get("/packages", headers={"authorization": f"bEARER {make_token()}"}).status == 200


@pytest.mark.parametrize("key", ["another secret of more than thirty-two bytes", SECRET + " ", SECRET[:-1]])
def test_a_token_signed_with_another_key_is_refused(api: Api, key: str) -> None:
    refused(api, make_token(secret=key))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_right_key_with_another_algorithm_is_refused(api: Api, algorithm: str) -> None:
    refused(api, jwt.encode(make_claims(), SECRET * 2, algorithm=algorithm))
    refused(api, forge(plain_claims(), header={"alg": algorithm}))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(api: Api, algorithm: str) -> None:
    refused(api, unsigned(plain_claims(), algorithm=algorithm))
    refused(api, forge(plain_claims(), header={"alg": algorithm}))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_token_of_a_key_pair_is_refused(api: Api, algorithm: str) -> None:
    refused(api, jwt.encode(make_claims(), key_pair(algorithm)[0], algorithm=algorithm))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_no_secret(api: Api, algorithm: str) -> None:
    public = key_pair(algorithm)[1]
    refused(api, forge(plain_claims(), key=public))
    refused(api, forge(plain_claims(), header={"alg": algorithm}, key=public))


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1"},
    ],
)
def test_a_key_that_the_token_itself_names_is_never_used(api: Api, header: dict[str, Any]) -> None:
    refused(api, forge(plain_claims(), header=header, key=b""))
    refused(api, forge(plain_claims(), header=header, key=b"\0"))


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"aud": ["a", "b"]}, {"aud": []}, {"aud": "Holdfast"}])
def test_a_token_for_another_audience_is_refused(api: Api, claims: dict[str, Any]) -> None:
    refused(api, make_token(**claims))


@pytest.mark.parametrize("issuer", ["other", "", "holdfast ", "HOLDFAST"])
def test_a_token_of_another_issuer_is_refused(api: Api, issuer: str) -> None:
    refused(api, make_token(iss=issuer))


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub"])
def test_a_token_without_a_required_claim_is_refused(api: Api, claim: str) -> None:
    claims = plain_claims()
    del claims[claim]
    refused(api, forge(claims))
    refused(api, forge(claims | {claim: None}))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - timedelta(minutes=1)},
        {"exp": datetime(1970, 1, 1, tzinfo=UTC)},
        {"nbf": NOW + timedelta(hours=1)},
        {"iat": NOW + timedelta(hours=1)},
    ],
)
def test_a_token_that_has_expired_or_is_not_yet_valid_is_refused(api: Api, claims: dict[str, Any]) -> None:
    refused(api, make_token(**claims))


WRONG: dict[str, list[Any]] = {
    "exp": [[], {}, "soon", float("inf"), float("nan"), True, -1],
    "nbf": [[], "now"],
    "sub": ["", 5, [], {}, "x" * 201],
    "iss": [5, ["holdfast"], {}],
    "aud": [5, [5], {}],
    "scope": [5, True, {}, [1], [["packages:read"]], None, {"packages:read": 1}],
    "roles": ["ADMIN", {"ADMIN": 1}, [5], [["ADMIN"]], None],
    "workspaces": [
        *("acme", ["acme"], 5, None, {"acme": "owner"}, {"acme": None}),
        *({"acme": {"role": role}} for role in ("king", None, 1, ["owner"], "OWNER")),
        *({"acme": {"role": "owner", "tenants": tenants}} for tenants in ("*", 5, [5], None)),
        *({slug: {"role": "owner"}} for slug in ("", "A", "a#b", "a/b", "a" * 64, "-a", "a\n", "é")),
        {"acme": {}},
    ],
}


@pytest.mark.parametrize(
    "claim", [(name, value) for name, values in WRONG.items() for value in values], ids=str
)
def test_a_claim_of_the_wrong_type_is_refused(api: Api, claim: tuple[str, Any]) -> None:
    name, value = claim
    refused(api, forge(plain_claims(**{name: value})))


def test_claims_are_the_signed_ones(api: Api) -> None:
    mine = forge(plain_claims(workspaces={"mine": {"role": "owner"}})).split(".")
    theirs = forge(plain_claims()).split(".")
    refused(api, ".".join((mine[0], theirs[1], mine[2])))
    refused(api, ".".join((theirs[0], theirs[1], mine[2])))


@pytest.mark.parametrize(
    "spoil", ["{0}x", "x{0}", "{0}.", ".{0}", "{0} {0}", "{0}\x00", "{0}ü", "", ".", "..", "a.b.c"]
)
def test_a_token_that_is_spoilt_is_refused(api: Api, spoil: str) -> None:
    answer = listed(api, spoil.format(make_token()))
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


def test_issuer_and_audience_are_settings(api: Api, moto_table: Configure) -> None:
    moto_table(jwt_issuer="https://id.example", jwt_audience="ledger")
    refused(api, make_token())
    assert listed(api, make_token(iss="https://id.example", aud="ledger")).status == 200
    assert listed(api, make_token(iss="https://id.example", aud=["other", "ledger"])).status == 200


def key_pair(algorithm: str) -> tuple[bytes, bytes]:
    """A new key for `algorithm`, private and public, PEM."""
    private: Any = {
        "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), public
