"""The identity of a release, and a hook with the release that a run is pinned to; pure.

docs/concepts/hooks.md has the terms.
"""

from typing import Any, NamedTuple

from chalicelib.core import canonical
from holdfast.api.hooks import Hook
from holdfast.api.releases import DEFAULT_ENTRYPOINT, Recipe, Release, Runtime


class Pin(NamedTuple):
    """A hook and one of its releases. A run keeps its pin when another release becomes live."""

    hook: Hook
    release: Release


def fingerprint(recipe: Recipe) -> str:
    """Return the identity of a release: 64 hex digits over every field that decides what a run does.

    These fields are runtime, digest, config, limits, entrypoint, inputs and function. `source_ref` is
    not one of them.
    """
    return canonical.sha256_hex(canonical.encode(decisive(recipe)))


def decisive(recipe: Recipe) -> dict[str, Any]:
    """Return the fields of a release that its recipe decides, as JSON; a bundle always has an entrypoint."""
    values = recipe.model_dump(mode="json", include=set(Recipe.model_fields))
    if recipe.runtime is Runtime.BUNDLE and recipe.entrypoint is None:
        values["entrypoint"] = DEFAULT_ENTRYPOINT
    return values
