"""Items of releases, in the partition of their hook.

Access patterns:
- add: put `RELEASE#{version}` and `PRINT#{fingerprint}` if absent, in the hook's transaction
- one release, or the one with a fingerprint: get; some fingerprints, some releases: batch get
- one release with its hook: batch get of `RELEASE#{version}` and `ITEM`
- newest first: query pk, sk begins with `RELEASE#`, backwards
"""

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.hooks.models.release import Pin
from chalicelib.hooks.store import hooks
from chalicelib.hooks.store.hooks import pk
from holdfast.api.releases import Release

RELEASE = "RELEASE#"
PRINT = "PRINT#"


class Named(NamedTuple):
    """A release of a hook by its version."""

    hook: str
    version: int


def new_item(workspace: str, release: Release) -> Item:
    """Return the item of a new release."""
    key = _key(workspace, Named(release.hook, release.version))
    return Item(pk=key.pk, sk=key.sk, kind="hook-release", data=release.model_dump(mode="json"))


def new_print(workspace: str, release: Release, fingerprint: str) -> Item:
    """Return the item that says which version of the hook has a fingerprint."""
    key = _print_key(workspace, release.hook, fingerprint)
    return Item(pk=key.pk, sk=key.sk, kind="hook-fingerprint", data={"version": release.version})


def to_release(item: Item) -> Release:
    """Return the release that an item keeps."""
    return Release.model_validate(item.data)


def find(workspace: str, named: Named) -> Release | None:
    """Return one release, or None."""
    item = queries.get(_key(workspace, named))
    return to_release(item) if item else None


def find_pin(workspace: str, named: Named) -> Pin | None:
    """Return a release with its hook, in one request; None when either is missing."""
    hook_key, release_key = hooks.key(workspace, named.hook), _key(workspace, named)
    found = queries.batch_get([hook_key, release_key])
    hook, release = found.get(hook_key), found.get(release_key)
    return Pin(hooks.to_hook(hook), to_release(release)) if hook and release else None


def find_all(workspace: str, named: Iterable[Named]) -> dict[Named, Release]:
    """Return the named releases; a release that does not exist is left out."""
    keys = {_key(workspace, name): name for name in named}
    return {keys[key]: to_release(item) for key, item in queries.batch_get(keys).items()}


def versions(workspace: str, prints: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return by hook the version that has a fingerprint.

    `prints` are pairs of a hook and a fingerprint, at most one for each hook. A fingerprint that no
    release has is left out.
    """
    keys = {_print_key(workspace, hook, fingerprint): hook for hook, fingerprint in prints}
    return {keys[key]: int(item.data["version"]) for key, item in queries.batch_get(keys).items()}


def newest(workspace: str, hook: str, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of a hook's releases as items, newest first."""
    return queries.query(
        pk(workspace, hook), Item.sk.startswith(RELEASE), forward=False, limit=limit, start=start
    )


def _key(workspace: str, named: Named) -> Key:
    return Key(pk(workspace, named.hook), f"{RELEASE}{named.version:010d}")


def _print_key(workspace: str, hook: str, fingerprint: str) -> Key:
    return Key(pk(workspace, hook), f"{PRINT}{fingerprint}")
