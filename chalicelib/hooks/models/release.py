"""What a release is, what it is made from, and its identity; pure (docs/concepts/hooks.md)."""

from typing import Any

from chalicelib.core import canonical
from holdfast.api.releases import DEFAULT_ENTRYPOINT, Recipe, Runtime


def fingerprint(recipe: Recipe) -> str:
    """The identity of a release: 64 hex digits over everything that decides what a run does.

    Runtime, digest, config and limits (docs/concepts/hooks.md), and with them what else is sent about
    the run, so that nothing of it is dropped: entrypoint, inputs and function. Not the `source_ref`.
    """
    return canonical.sha256_hex(canonical.encode(decisive(recipe)))


def decisive(recipe: Recipe) -> dict[str, Any]:
    """The fields of a release that the recipe decides, as JSON; a bundle's entrypoint is always said."""
    values = recipe.model_dump(mode="json", include=set(Recipe.model_fields))
    if recipe.runtime is Runtime.BUNDLE and recipe.entrypoint is None:
        values["entrypoint"] = DEFAULT_ENTRYPOINT
    return values
