"""Members of a workspace, with their roles and their tenants."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from holdfast.api.members import Add, Change, Member, MemberPage, etag
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse

LARGEST_PAGE = 200


class Members:
    """The calls under `/members`, and `/membership`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[Member]:
        """Yield all members in the service's table, in the order in which they were added, page by page."""
        for body in self._transport.pages("/members", {"limit": LARGEST_PAGE}):
            yield from parse(MemberPage, body).items

    def get(self, user_id: str) -> Member:
        """Return one member. Raises `ApiError` (404), `Unreachable`."""
        return parse(Member, self._transport.get(_path(user_id)).content)

    def add(self, user_id: str, *, role: str, tenants: Sequence[str] = ()) -> Member:
        """Add a member. Adding a member again with the same role and tenants changes nothing.

        Raises `InputError` for a field that breaks a rule, `ApiError` (409) when the member exists with
        another role or other tenants.
        """
        body = check(Add, {"user_id": user_id, "role": role, "tenants": [*tenants]})
        return parse(Member, self._transport.create("/members", body.model_dump(mode="json")).content)

    def change(
        self,
        user_id: str,
        *,
        role: str | None = None,
        tenants: Sequence[str] | None = None,
        seen: Member | None = None,
    ) -> Member:
        """Give a member another role, other tenants, or both.

        With `seen`, only while the member has not changed since then. Raises `InputError`; `ApiError` (409)
        for the last owner, or for a member who has changed.
        """
        wanted: dict[str, Any] = {"role": role, "tenants": None if tenants is None else [*tenants]}
        body = check(Change, wanted).model_dump(mode="json", exclude_none=True)
        if_match = etag(seen.revision) if seen else None
        return parse(Member, self._transport.patch(_path(user_id), body, if_match=if_match).content)

    def remove(self, user_id: str) -> None:
        """End somebody's membership. Raises `ApiError` (404, 409 for the last owner), `Unreachable`."""
        self._transport.delete(_path(user_id))

    def leave(self) -> None:
        """End the membership of this token's holder. Raises `ApiError` (404, 409), `Unreachable`."""
        self._transport.delete("/membership")


def _path(user_id: str) -> str:
    return f"/members/{quote(user_id, safe='')}"
