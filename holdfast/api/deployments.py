"""A convention with its hooks and releases, in one call."""

from collections import Counter
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from holdfast.api.conventions import Convention, Terms
from holdfast.api.releases import NewRelease, Released
from holdfast.api.schema import Slug

MAX_HOOKS = 24


class NamedRelease(NewRelease):
    """A hook of a convention with the release that it is to have."""

    name: Slug


def _few_and_named_once(hooks: Any) -> Any:
    # on what was sent, so that nothing else is looked at before
    if not isinstance(hooks, list):
        return hooks
    if len(hooks) > MAX_HOOKS:
        raise ValueError(f"has {len(hooks)} hooks; at most {MAX_HOOKS} (MAX_HOOKS) are allowed in one call")
    repeated = sorted(name for name, times in Counter(map(_name, hooks)).items() if times > 1 and name)
    if repeated:
        raise ValueError(f"names hooks twice: {', '.join(repeated)}")
    return hooks


def _name(hook: Any) -> str:
    named = hook.get("name") if isinstance(hook, dict) else getattr(hook, "name", hook)
    return named if isinstance(named, str) else ""


def _kind(hook: Any) -> str:
    return "name" if isinstance(hook, str) else "release"


HookEntry = Annotated[
    Annotated[Slug, Tag("name")] | Annotated[NamedRelease, Tag("release")], Discriminator(_kind)
]


class Deploy(Terms):
    """POST /conventions. A hook is a release with its name, or the name alone of one that is there."""

    hooks: Annotated[
        list[HookEntry],
        Field(default_factory=list, json_schema_extra={"maxItems": MAX_HOOKS}),
        BeforeValidator(_few_and_named_once),
    ]

    @property
    def names(self) -> list[str]:
        """The names of all hooks, in the order of the request."""
        return [_name(hook) for hook in self.hooks]

    @property
    def releases(self) -> dict[str, NamedRelease]:
        """The releases that were sent, by the name of their hook."""
        return {hook.name: hook for hook in self.hooks if isinstance(hook, NamedRelease)}


class Deployed(Convention):
    """The convention as it stands, whether it is new, and what came of each release that was sent."""

    created: bool
    releases: list[Released]
