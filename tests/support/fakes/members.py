"""The fake service's members, as the service shows and refuses them.

The concept: docs/concepts/identity-and-tenants.md.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx

from chalicelib.members.models import matches
from holdfast.api.auth import Role
from holdfast.api.members import Add, Change, Member, etag
from tests.support.fakes.package import Refused

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
ASKER = "dana"
Page = Callable[[list[dict[str, Any]], httpx.Request], dict[str, Any]]


@dataclass
class FakeMembers:
    """Members by user. Whoever asks is dana."""

    members: dict[str, Member] = field(default_factory=dict)

    def have(self, user_id: str, role: Role = Role.VIEWER, *tenants: str, revision: int = 1) -> Member:
        """Keep a member."""
        made = Member(
            user_id=user_id,
            role=role,
            tenants=[*tenants],
            added_by="ada",
            added_at=NOW,
            updated_at=NOW,
            revision=revision,
        )
        self.members[user_id] = made
        return made

    def answer(self, request: httpx.Request, parts: list[str], page: Page) -> httpx.Response:
        """One request under /members or /membership."""
        if parts == ["membership"]:
            return self._remove(ASKER)
        if len(parts) == 1:
            rows = [member.model_dump(mode="json") for member in self.members.values()]
            return (
                self._add(request)
                if request.method == "POST"
                else httpx.Response(200, json=page(rows, request))
            )
        user_id = unquote(parts[1])
        if user_id not in self.members:
            raise Refused(404, "NOT_FOUND")
        if request.method == "DELETE":
            return self._remove(user_id)
        return self._shown(
            self._change(request, user_id) if request.method == "PATCH" else self.members[user_id]
        )

    def _add(self, request: httpx.Request) -> httpx.Response:
        body = Add.model_validate_json(request.content)
        if body.user_id in self.members:
            raise Refused(409, "MEMBER_EXISTS")
        return self._shown(self.have(body.user_id, body.role, *body.tenants), status=201)

    def _change(self, request: httpx.Request, user_id: str) -> Member:
        before, body = self.members[user_id], Change.model_validate(json.loads(request.content))
        if not matches(request.headers.get("if-match"), before.revision):
            raise Refused(409, "MEMBER_CHANGED")
        tenants = before.tenants if body.tenants is None else body.tenants
        return self.have(user_id, body.role or before.role, *tenants, revision=before.revision + 1)

    def _remove(self, user_id: str) -> httpx.Response:
        owners = [member.user_id for member in self.members.values() if member.role is Role.OWNER]
        if owners == [user_id]:
            raise Refused(409, "LAST_OWNER")
        if self.members.pop(user_id, None) is None:
            raise Refused(404, "NOT_FOUND")
        return httpx.Response(204)

    def _shown(self, member: Member, *, status: int = 200) -> httpx.Response:
        headers = {"etag": etag(member.revision)}
        return httpx.Response(status, json=member.model_dump(mode="json"), headers=headers)
