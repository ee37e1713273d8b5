"""The settings of the app inside the embedded stack, and who its first user is."""

import os
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


def configure(home: Home, *, url: str, engine_url: str, resources: Resources) -> None:
    """Put the app's settings into this process's environment; call it before `app` is imported.

    What is set already stays, so that any part can be pointed at a real engine (architecture.md,
    "Running it"). While every part is the embedded engine's, no credential of this machine is used.
    """
    if not any(os.environ.get(f"HOLDFAST_{name}") for name in ENDPOINTS):
        os.environ |= {"AWS_ACCESS_KEY_ID": DUMMY_KEY, "AWS_SECRET_ACCESS_KEY": DUMMY_KEY}
        os.environ.pop("AWS_PROFILE", None)
        os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    own = {"STAGE": "local", "JWT_SECRET": home.secret(), "PUBLIC_URL": f"{url}/api"}
    os.environ |= {f"HOLDFAST_{name}": value for name, value in own.items()}
    for name, value in _defaults(home, engine_url, resources).items():
        given = os.environ.get(f"HOLDFAST_{name}")  # empty counts as unset, as the settings read it
        os.environ[f"HOLDFAST_{name}"] = given or value


def first_token(home: Home) -> str:
    """A token of the owner of workspace `local`, good for 30 days."""
    claims: dict[str, Any] = {
        "iss": os.environ.get("HOLDFAST_JWT_ISSUER", "holdfast"),
        "aud": os.environ.get("HOLDFAST_JWT_AUDIENCE", "holdfast"),
        "iat": datetime.now(UTC),
        "exp": datetime.now(UTC) + timedelta(days=TOKEN_DAYS),
        "sub": SUBJECT,
        "roles": ["ADMIN"],
        "workspaces": {WORKSPACE: {"role": "owner", "tenants": ["*"]}},
    }
    return jwt.encode(claims, home.secret(), algorithm="HS256")


def _defaults(home: Home, engine_url: str, resources: Resources) -> dict[str, str]:
    return {
        "TABLE_NAME": resources.table_name,
        "QUEUE_URL_PREFIX": resources.queue_url_prefix,
        "S3_BUCKET": resources.bucket,
        "S3_ADDRESSING_STYLE": "path",
        "FILESYSTEM_ROOT": str(home.objects),
        **dict.fromkeys(ENDPOINTS, engine_url),
    }
