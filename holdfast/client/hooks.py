"""Hooks: release, list, read, and move the live pointer forward or back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from holdfast.api.bundles import BundlePlan, BundleUpload
from holdfast.api.hooks import Hook, HookPage, MovePointer, PointerHistory, PointerMove
from holdfast.api.releases import NewRelease, Release, Released, ReleasePage
from holdfast.client.transport import Transport, store_code, store_request
from holdfast.client.validation import check, parse
from holdfast.client.waiting import Pause
from holdfast.errors import InputError, StoreError

LARGEST_PAGE = 200
SENT = {200, 201, 204, 412}  # 412: the store has the zip already


class Hooks:
    """The calls under `/hooks`. Each raises `ApiError` for a refusal, `Unreachable` without an answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[Hook]:
        """Yield all hooks, newest first, page by page."""
        for body in self._transport.pages("/hooks", {"limit": LARGEST_PAGE}):
            yield from parse(HookPage, body).items

    def get(self, name: str) -> Hook:
        """Return one hook: its feature, its contract and its live release."""
        return parse(Hook, self._transport.get(_of(name)).content)

    def releases(self, name: str) -> Iterator[Release]:
        """Yield the releases of a hook, newest first, page by page."""
        for body in self._transport.pages(f"{_of(name)}/releases", {"limit": LARGEST_PAGE}):
            yield from parse(ReleasePage, body).items

    def release_of(self, name: str, version: int) -> Release:
        """Return one release of a hook."""
        return parse(Release, self._transport.get(f"{_of(name)}/releases/{version}").content)

    def release(self, name: str, **values: Any) -> Released:
        """Release a hook with the fields of `NewRelease`. Equal fields again return the existing release.

        Raises `InputError`, which names each field that breaks a rule, before anything is sent.
        """
        body = check(NewRelease, values).model_dump(mode="json", exclude_unset=True)
        return parse(Released, self._transport.create(f"{_of(name)}/releases", body).content)

    def upload(self, name: str, content: bytes, *, digest: str) -> BundleUpload:
        """Upload the zip for a later release, unless it is stored already.

        Raises `StoreError` when the store refuses the zip.
        """
        plan = check(BundlePlan, {"digest": digest, "size": len(content)}).model_dump()
        upload = parse(BundleUpload, self._transport.post(f"{_of(name)}/bundles", plan).content)
        if not upload.stored:
            self._send(upload, content)
        return upload

    def move(self, name: str, version: int, **values: Any) -> Hook:
        """Make a release live. `values` are fields of `MovePointer`: `expected_revision`, `reason`."""
        body = check(MovePointer, {"version": version, **values}).model_dump(exclude_none=True)
        return parse(Hook, self._transport.put(f"{_of(name)}/live", body).content)

    def rollback(self, name: str, *, reason: str | None = None) -> Hook:
        """Make the release live that was live before the last move.

        Raises `InputError` (NOTHING_BEFORE) when there was none, and `ApiError` (409) when somebody else
        moves the pointer at the same time.
        """
        moves = list(self.history(name))
        if not moves or moves[-1].from_version is None:
            raise InputError("NOTHING_BEFORE", f"No release of {name} was live before the present one.")
        last = moves[-1]
        return self.move(name, moves[-1].from_version, expected_revision=last.revision, reason=reason)

    def history(self, name: str) -> Iterator[PointerMove]:
        """Yield the moves of the live pointer, oldest first, page by page."""
        for body in self._transport.pages(f"{_of(name)}/pointer-history", {"limit": LARGEST_PAGE}):
            yield from parse(PointerHistory, body).items

    def _send(self, upload: BundleUpload, content: bytes) -> None:
        method, url = str(upload.method), str(upload.url)
        answer = self._transport.store(
            lambda: store_request(method, url, upload.headers, content), pause=Pause()
        )
        if answer.status_code not in SENT:
            message = f"The store answered {answer.status_code} {store_code(answer)} to the bundle."
            raise StoreError("STORE_REFUSED", message, status=answer.status_code)


def _of(name: str) -> str:
    return f"/hooks/{quote(name, safe='')}"
