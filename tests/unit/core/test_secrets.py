"""The root secret: from Secrets Manager, and from the environment only on this machine."""

import logging
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.core import secrets
from chalicelib.core.errors import Unavailable
from tests.conftest import MOTO, Configure, forget
from tests.support.factories import SECRET

NAME = "holdfast-prod-jwt"


@pytest.fixture
def vault(configure: Configure) -> Iterator[Configure]:
    """Stage `prod` with its secret in Secrets Manager."""
    with mock_aws(config=MOTO):
        configure(stage="prod", jwt_secret_id=NAME)
        boto3.client("secretsmanager").create_secret(Name=NAME, SecretString="kept in the vault")
        yield configure


def test_in_stage_local_the_environment_holds_the_secret(configure: Configure) -> None:
    configure(stage="local")
    assert secrets.root_secret() == SECRET.encode()


@pytest.mark.parametrize("stage", ["dev", "prod", "Local", "local2"])
def test_in_any_other_stage_the_environment_is_not_asked(configure: Configure, stage: str) -> None:
    configure(stage=stage, jwt_secret=SECRET)
    with pytest.raises(Unavailable, match="HOLDFAST_JWT_SECRET_ID"):
        secrets.root_secret()


def test_a_stage_reads_its_secret_from_the_vault(vault: Configure) -> None:
    assert vault
    assert secrets.root_secret() == b"kept in the vault"


def test_stage_local_reads_the_vault_when_the_environment_has_no_secret(vault: Configure) -> None:
    vault(stage="local", jwt_secret="", jwt_secret_id=NAME)
    assert secrets.root_secret() == b"kept in the vault"


def test_a_secret_of_bytes_is_taken_as_it_is(vault: Configure) -> None:
    assert vault
    boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretBinary=b"\x00\xff raw")
    assert secrets.root_secret() == b"\x00\xff raw"


def test_a_secret_is_kept_for_a_while_and_not_asked_for_each_time(vault: Configure) -> None:
    assert vault
    first = secrets.root_secret()
    boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString="rotated")
    assert secrets.root_secret() == first
    forget()
    assert secrets.root_secret() == b"rotated"


def test_a_secret_that_cannot_be_read_is_unavailable_and_not_shown(
    vault: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    vault(stage="prod", jwt_secret_id="absent")
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as error:
        secrets.root_secret()
    assert "absent" not in str(error.value)
    assert "kept in the vault" not in caplog.text


def test_a_key_is_good_for_one_purpose_and_tells_nothing_of_the_secret(configure: Configure) -> None:
    configure()
    keys = [secrets.derived_key(purpose) for purpose in ("cursor", "storage-url", "cursor")]
    assert keys[0] == keys[2]
    assert keys[0] != keys[1]
    assert {len(key) for key in keys} == {32}
    assert SECRET.encode() not in keys
