"""The app's settings in the embedded stack, made from those of the machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from holdfast.api.auth import Claims
from infra.local.environment import environment, first_token
from infra.local.home import Home
from infra.local.resources import Resources

ENGINE = "http://127.0.0.1:4566"
RESOURCES = Resources("table", "bucket", f"{ENGINE}/000000000000/holdfast-local-")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def made(home: Home, **given: str) -> dict[str, str]:
    return environment(given, home, url="http://127.0.0.1:8000", engine_url=ENGINE, resources=RESOURCES)


def test_every_part_is_the_embedded_engines(home: Home) -> None:
    found = made(home)
    for part in ("DYNAMODB", "S3", "SQS", "SECRETS"):
        assert found[f"HOLDFAST_{part}_ENDPOINT_URL"] == ENGINE
    assert found["HOLDFAST_TABLE_NAME"] == "table"
    assert found["HOLDFAST_PUBLIC_URL"] == "http://127.0.0.1:8000/api"


def test_no_credential_of_the_machine_is_used(home: Home) -> None:
    given = {"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "real", "AWS_SESSION_TOKEN": "real"}
    found = made(home, **given)
    assert "real" not in found.values()
    assert "AWS_PROFILE" not in found


def test_a_part_can_be_pointed_at_a_real_engine_with_its_credentials(home: Home) -> None:
    given = {"HOLDFAST_S3_ENDPOINT_URL": "https://ceph.example", "AWS_PROFILE": "work"}
    found = made(home, **given)
    assert found["HOLDFAST_S3_ENDPOINT_URL"] == "https://ceph.example"
    assert found["HOLDFAST_SQS_ENDPOINT_URL"] == ENGINE
    assert found["AWS_PROFILE"] == "work"


def test_an_empty_setting_counts_as_unset(home: Home) -> None:
    assert made(home, HOLDFAST_S3_ENDPOINT_URL="")["HOLDFAST_S3_ENDPOINT_URL"] == ENGINE


def test_the_stage_is_local_whatever_the_machine_says(home: Home) -> None:
    found = made(home, HOLDFAST_STAGE="prod", HOLDFAST_JWT_SECRET="another")
    assert found["HOLDFAST_STAGE"] == "local"
    assert found["HOLDFAST_JWT_SECRET"] == home.secret()


def test_the_first_token_is_an_owners_and_current_for_weeks(home: Home) -> None:
    token = first_token({}, home)
    claims = jwt.decode(token, home.secret(), algorithms=["HS256"], audience="holdfast", issuer="holdfast")
    assert claims["workspaces"] == {"local": {"role": "owner", "tenants": ["*"]}}
    assert claims["exp"] > (datetime.now(UTC) + timedelta(days=20)).timestamp()
    assert Claims.model_validate(claims).sub == "local-admin"


def test_the_first_token_is_for_the_issuer_and_audience_that_are_set(home: Home) -> None:
    token = first_token({"HOLDFAST_JWT_ISSUER": "us", "HOLDFAST_JWT_AUDIENCE": "them"}, home)
    assert jwt.decode(token, home.secret(), algorithms=["HS256"], audience="them", issuer="us")
