"""The settings of the app inside the embedded stack, and the token of its first user."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from infra.local.clients import DUMMY_KEY, REGION
from infra.local.home import Home
from infra.local.resources import Resources

WORKSPACE = "local"
SUBJECT = "local-admin"
TOKEN_DAYS = 30
ENDPOINTS = ("DYNAMODB_ENDPOINT_URL", "S3_ENDPOINT_URL", "SQS_ENDPOINT_URL", "SECRETS_ENDPOINT_URL")
OWN_CREDENTIALS = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def environment(
    given: Mapping[str, str], home: Home, *, url: str, engine_url: str, resources: Resources
) -> dict[str, str]:
    """Return the environment in which `app` is imported, made from the `given` one.

    A setting in `given` stays, so that any part can use a real engine (docs/development/architecture.md).
    While every part uses the embedded engine, no credential of this machine is used.
    """
    set_already = {name: value for name, value in given.items() if value}  # empty counts as unset
    made = {"AWS_DEFAULT_REGION": REGION, **_settings(home, engine_url, resources), **set_already}
    if not any(f"HOLDFAST_{name}" in set_already for name in ENDPOINTS):
        made = {name: value for name, value in made.items() if name not in OWN_CREDENTIALS}
        made |= {"AWS_ACCESS_KEY_ID": DUMMY_KEY, "AWS_SECRET_ACCESS_KEY": DUMMY_KEY}
    own = {"STAGE": "local", "JWT_SECRET": home.secret(), "PUBLIC_URL": f"{url}/api"}
    return made | {f"HOLDFAST_{name}": value for name, value in own.items()}


def first_token(given: Mapping[str, str], home: Home) -> str:
    """Return a token of the owner of workspace `local`; it is valid for 30 days.

    Issuer and audience are those of the settings in `given`, if they are there.
    """
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": given.get("HOLDFAST_JWT_ISSUER") or "holdfast",
        "aud": given.get("HOLDFAST_JWT_AUDIENCE") or "holdfast",
        "iat": now,
        "exp": now + timedelta(days=TOKEN_DAYS),
        "sub": SUBJECT,
        "roles": ["ADMIN"],
        "workspaces": {WORKSPACE: {"role": "owner", "tenants": ["*"]}},
    }
    return jwt.encode(claims, home.secret(), algorithm="HS256")


def _settings(home: Home, engine_url: str, resources: Resources) -> dict[str, str]:
    values = {
        "TABLE_NAME": resources.table_name,
        "QUEUE_URL_PREFIX": resources.queue_url_prefix,
        "S3_BUCKET": resources.bucket,
        "S3_ADDRESSING_STYLE": "path",
        "FILESYSTEM_ROOT": str(home.objects),
        **dict.fromkeys(ENDPOINTS, engine_url),
    }
    return {f"HOLDFAST_{name}": value for name, value in values.items()}
