from pathlib import Path
from typing import Any

import jwt
import pytest

from holdfast.api.auth import Claims
from holdfast.client.tokens import Grant, mint
from holdfast.errors import InputError
from tests.support.stacks.notes import STACK_SECRET, make_stack


def decoded(home: Path, **grant: Any) -> dict[str, Any]:
    asked = {"sub": "dana", "role": None, "scope": "", "workspace": None, "hours": 1, **grant}
    token = mint(Grant(**asked), home).token
    claims: dict[str, Any] = jwt.decode(
        token, STACK_SECRET, algorithms=["HS256"], audience="holdfast", issuer="holdfast"
    )
    return claims


def test_a_token_is_for_the_stacks_own_workspace_unless_another_is_named(tmp_path: Path) -> None:
    home = make_stack(tmp_path)
    assert decoded(home, role="operator")["workspaces"] == {"local": {"role": "operator", "tenants": ["*"]}}
    assert list(decoded(home, workspace="qa")["workspaces"]) == ["qa"]


def test_who_asks_for_nothing_is_a_viewer(tmp_path: Path) -> None:
    claims = decoded(make_stack(tmp_path))
    assert claims["workspaces"]["local"]["role"] == "viewer"
    assert "roles" not in claims


def test_admin_is_a_role_everywhere(tmp_path: Path) -> None:
    assert decoded(make_stack(tmp_path), role="ADMIN")["roles"] == ["ADMIN"]


def test_a_member_has_what_the_service_keeps_and_no_word_on_workspaces(tmp_path: Path) -> None:
    claims = decoded(make_stack(tmp_path), role="MEMBER", scope="packages:read", workspace="qa")
    assert (claims["scope"], "workspaces" in claims, "roles" in claims) == ("packages:read", False, False)


def test_scopes_are_carried_as_the_service_reads_them(tmp_path: Path) -> None:
    claims = decoded(make_stack(tmp_path), scope="packages:read packages:write")
    assert Claims.model_validate(claims).scope == {"packages:read", "packages:write"}


def test_a_token_ends(tmp_path: Path) -> None:
    claims = decoded(make_stack(tmp_path), hours=2)
    assert claims["exp"] - claims["iat"] == 7200


@pytest.mark.parametrize(
    ("grant", "complaint"),
    [({"role": "king"}, "no role 'king'"), ({"workspace": "No Slug"}, "workspaces"), ({"sub": ""}, "sub")],
)
def test_a_grant_that_the_service_would_not_read_is_refused(
    tmp_path: Path, grant: dict[str, str], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        decoded(make_stack(tmp_path), **grant)


def test_without_a_stack_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="NO_LOCAL_STACK"):
        decoded(tmp_path)
    home = make_stack(tmp_path)
    (home / "jwt-secret").unlink()
    with pytest.raises(InputError, match="secret cannot be read"):
        decoded(home)
