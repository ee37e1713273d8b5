"""Conventions: the rules for packages of one kind, and the hooks that run on them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from holdfast.api.conventions import Convention, ConventionPage
from holdfast.api.deployments import Deploy, Deployed
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse

LARGEST_PAGE = 200


class Conventions:
    """The calls under `/conventions`. Each raises `ApiError` on refusal, `Unreachable` without an answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[Convention]:
        """Yield all conventions, newest first. Fetch them page by page."""
        for body in self._transport.pages("/conventions", {"limit": LARGEST_PAGE}):
            yield from parse(ConventionPage, body).items

    def get(self, slug: str) -> Convention:
        """Return one convention in its present state."""
        return parse(Convention, self._transport.get(_of(slug)).content)

    def deploy(self, **values: Any) -> Deployed:
        """Declare a convention with the fields of `Deploy`. Either all of it is saved or nothing.

        The same call again changes nothing. Raises `InputError`, which names each field that breaks a rule,
        before anything is sent.
        """
        body = check(Deploy, values).model_dump(mode="json", by_alias=True, exclude_unset=True)
        return parse(Deployed, self._transport.create("/conventions", body).content)

    def delete(self, slug: str) -> None:
        """Delete a convention. Raises `ApiError` (409) when a package refers to it."""
        self._transport.delete(_of(slug))


def _of(slug: str) -> str:
    return f"/conventions/{quote(slug, safe='')}"
