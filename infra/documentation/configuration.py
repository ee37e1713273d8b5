"""The page of settings, read from the model that reads the environment."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chalicelib.core.extra_issuer import ExtraIssuer, JsonWebKey
from chalicelib.core.settings import Settings
from infra.documentation.markdown import code, table

INTRODUCTION = """
# Configuration

The service reads each setting from an environment variable. It reads the environment once, when a process
starts. An empty variable counts as unset. A value that breaks a rule stops the process with a message that
names the setting and never its value.

`make run` sets what the local stack needs. A deployed stage has its settings in `.chalice/config.json` and in
the parameters of `infra/resources.json`. The program `holdfast` has settings of its own: see
[python](python.md#where-a-client-connects-to).
"""

ISSUER = """
## The machine issuer

`HOLDFAST_EXTRA_ISSUER` names one more issuer of tokens, such as a CI system. The value is a JSON object. It
has the public keys of the issuer, so nothing is fetched while a request waits.
"""

KEYS = """
`jwks` has the form `{"keys": [...]}` with 1 to 16 keys. Each key is a JSON Web Key for Ed25519. When there
are several keys, each has a `kid` of its own.
"""

EXAMPLE = {
    "issuer": "https://ci.example",
    "audience": "holdfast",
    "max_lifetime": 900,
    "jwks": {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": "2026-11",
                "x": "GIfr-sZleMgFCRsiXxcwXe1X8O3JeaBFsTV29Jy4f7c",
            }
        ]
    },
    "scope_claim": "scope",
    "workspaces_claim": "workspaces",
}
CLAIMS = {
    "iss": "https://ci.example",
    "aud": "holdfast",
    "sub": "repo:team/app",
    "iat": 1_795_000_000,
    "exp": 1_795_000_600,
    "scope": "packages:read packages:write",
    "workspaces": {"payments": {"tenants": ["red"]}},
}
MEANINGS = {
    "issuer": "The claim `iss` of the issuer's tokens. It must differ from `HOLDFAST_JWT_ISSUER`.",
    "audience": "The claim `aud` that the tokens must carry.",
    "jwks": "The public keys. Give either `jwks` or `public_key`.",
    "public_key": "One Ed25519 public key as PEM. It serves whatever `kid` a token names.",
    "scope_claim": "The name of the claim that lists scopes.",
    "workspaces_claim": "The name of the claim that lists workspaces.",
    "max_lifetime": "The most seconds between `iat` and `exp` of a token: 60 to 86,400.",
    "kty": "`OKP`.",
    "crv": "`Ed25519`.",
    "x": "The public key: 43 characters, base64url.",
    "kid": "The name that a token's header uses for this key.",
    "use": "`sig`, or absent.",
    "alg": "`EdDSA` or `Ed25519`, or absent.",
    "d": "Must be absent: it is the private key.",
}


def text() -> str:
    """Return the page."""
    parts = (
        INTRODUCTION,
        settings_table(),
        ISSUER,
        _fields(ExtraIssuer),
        KEYS,
        _fields(JsonWebKey),
        _example(),
    )
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def settings_table() -> str:
    """Return every setting with its default, the values that it takes, and its meaning."""
    rows = [
        (code(f"HOLDFAST_{name.upper()}"), default(field), _values(name), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return table(("setting", "default", "values", "meaning"), rows)


def default(field: FieldInfo) -> str:
    """Return the default of a setting as a user would type it; nothing where there is none."""
    value: Any = field.default
    if value is None or value == "" or value is PydanticUndefined:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def _values(name: str) -> str:
    """Return which values a setting takes, from its JSON Schema."""
    schema = Settings.model_json_schema()
    found = schema["properties"][name]
    options = [found, *found.get("anyOf", [])]
    options += [schema["$defs"][part["$ref"].rpartition("/")[2]] for part in options if "$ref" in part]
    for part in options:
        if "enum" in part:
            return ", ".join(code(value) for value in part["enum"])
        if "minimum" in part:
            most = f" to {part['maximum']:,}" if "maximum" in part else " or more"
            return f"{part['minimum']:,}{most}"
        if "pattern" in part:
            return code(part["pattern"])
    return _kind(options)


def _kind(options: list[dict[str, Any]]) -> str:
    names = {"boolean": "`true`, `false`", "object": "a JSON object", "string": "text", "integer": "a number"}
    return next(names[part["type"]] for part in options if part.get("type") in names)


def _fields(model: type[BaseModel]) -> str:
    rows = [
        (code(name), "yes" if field.is_required() else "", default(field), MEANINGS[name])
        for name, field in model.model_fields.items()
    ]
    return table(("field", "required", "default", "meaning"), rows)


def _example() -> str:
    return f"""
An example, and the claims of a token that it lets in:

```
HOLDFAST_EXTRA_ISSUER='{json.dumps(EXAMPLE)}'
```

```json
{json.dumps(CLAIMS, indent=2)}
```
"""
