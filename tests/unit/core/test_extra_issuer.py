"""The setting that names another issuer: Ed25519 keys that can be told apart, and nothing else."""

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.auth.models import MachineClaims
from chalicelib.core.extra_issuer import ExtraIssuer
from chalicelib.core.settings import settings
from infra.documentation.markdown import ROOT
from tests.conftest import Configure
from tests.support.machines import KEY, NEXT_KEY, jwk, pem, setting
from tests.unit.auth.test_tokens import key_pair

RAW, NEXT_RAW = (key.public_key().public_bytes_raw() for key in (KEY, NEXT_KEY))
PRIVATE = {"d": "dGhpcyBpcyBhIHByaXZhdGUga2V5IG9mIG5vYm9keQ"}


def make_issuer(**overrides: Any) -> ExtraIssuer:
    """The issuer that a setting names."""
    return ExtraIssuer.model_validate_json(setting(**overrides))


def of_keys(*keys: dict[str, Any]) -> ExtraIssuer:
    """An issuer with these JSON Web Keys."""
    return make_issuer(public_key=None, jwks={"keys": [*keys]})


def test_a_setting_is_read_from_json(configure: Configure) -> None:
    configure(extra_issuer=setting())
    found = settings().extra_issuer
    assert found is not None
    assert (found.issuer, found.max_lifetime) == ("https://ci.example", 900)
    assert found.key(None) == RAW


def test_the_setting_and_the_claims_that_the_reference_shows_are_good_ones(configure: Configure) -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text()
    [given] = re.findall(r"HOLDFAST_EXTRA_ISSUER='(.*?)'", text, re.DOTALL)
    [claims] = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if '"iss"' in block
    ]
    configure(extra_issuer=given)
    extra = settings().extra_issuer
    assert extra is not None
    assert (claims["iss"], claims["aud"]) == (extra.issuer, extra.audience)
    assert extra.key("2026-11") is not None
    read = MachineClaims.model_validate({**claims, "max_lifetime": extra.max_lifetime})
    assert read.grants["payments"].tenants == {"red"}


def test_the_key_is_the_one_that_kid_names() -> None:
    issuer = of_keys(jwk(KEY, kid="a"), jwk(NEXT_KEY, kid="b"))
    assert (issuer.key("a"), issuer.key("b")) == (RAW, NEXT_RAW)
    assert [issuer.key(kid) for kid in (None, "c", "", 5, ["a"])] == [None] * 5


def test_a_single_key_serves_who_names_none() -> None:
    named = of_keys(jwk(KEY, kid="a"))
    assert (named.key(None), named.key("a"), named.key("b")) == (RAW, RAW, None)
    nameless = of_keys(jwk(KEY))
    assert (nameless.key(None), nameless.key("b"), nameless.key(5)) == (RAW, RAW, RAW)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [jwk(kid="a"), jwk(NEXT_KEY)],
        [jwk(kid="a"), jwk(NEXT_KEY, kid="a")],
        [{**jwk(), "kty": "oct"}],
        [{**jwk(), "crv": "Ed448"}],
        [{**jwk(), "crv": "X25519"}],
        [{**jwk(), "x": "AAAA"}],
        [{**jwk(), "x": "*" * 43}],
        [{**jwk(), "alg": "HS256"}],
        [{**jwk(), "use": "enc"}],
        [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}],
        [{**jwk(), **PRIVATE}],
    ],
    ids=str,
)
def test_keys_that_cannot_be_meant_stop_the_start(keys: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        of_keys(*keys)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_public_key_of_another_kind_stops_the_start(algorithm: str) -> None:
    with pytest.raises(ValidationError, match="Ed25519"):
        make_issuer(public_key=key_pair(algorithm)[1].decode())


@pytest.mark.parametrize(
    "overrides",
    [
        {"public_key": ""},
        {"public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},
        {"public_key": "-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----"},
        {"public_key": pem() + pem(NEXT_KEY)},
        {"public_key": None},
        {"jwks": {"keys": [jwk()]}},
        {"issuer": ""},
        {"issuer": None},
        {"audience": None},
        {"max_lifetime": 59},
        {"max_lifetime": 86_401},
        {"algorithm": "HS256"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_meant_stops_the_start(overrides: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_issuer(**overrides)


def test_the_primary_issuer_is_no_other_one(configure: Configure) -> None:
    configure(extra_issuer=setting(issuer="holdfast"))
    with pytest.raises(ValidationError, match="another name"):
        settings()


@pytest.mark.parametrize(
    "given",
    [
        setting(public_key=key_pair("EdDSA")[0].decode()),
        setting(public_key=None, jwks={"keys": [{**jwk(), **PRIVATE}]}),
        json.dumps(key_pair("EdDSA")[0].decode()),
        key_pair("EdDSA")[0].decode(),
    ],
)
def test_a_private_key_that_was_put_there_is_refused_and_not_shown(configure: Configure, given: str) -> None:
    configure(extra_issuer=given)
    with pytest.raises(ValidationError) as raised:
        settings()
    shown = f"{raised.value} {raised.value!r}"
    body = "".join(given.replace("\\n", "\n").split("\n")[1:-2])
    assert PRIVATE["d"] not in shown
    assert not body or body not in shown
    assert "PRIVATE" not in shown
