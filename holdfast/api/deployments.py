"""Declaration of a convention with its hooks and releases in one call."""

from collections import Counter
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from holdfast.api.conventions import Convention, Terms
from holdfast.api.releases import NewRelease, Released
from holdfast.api.schema import Slug

MAX_HOOKS = 24


class NamedRelease(NewRelease):
    """A new release for a hook of the convention."""

    name: Slug


def _few_and_named_once(hooks: Any) -> Any:
    # checked on the raw value, before any entry is validated
    if not isinstance(hooks, list):
        return hooks
    if len(hooks) > MAX_HOOKS:
        raise ValueError(f"must have at most {MAX_HOOKS} (MAX_HOOKS) hooks in one call, not {len(hooks)}")
    repeated = sorted(name for name, times in Counter(map(_name, hooks)).items() if times > 1 and name)
    if repeated:
        raise ValueError(f"must not name hooks twice: {', '.join(repeated)}")
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
    """POST /conventions. An entry of `hooks` is a release with a name, or the name of a hook that exists."""

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
    """The convention in its present state. `releases` has each release that was sent."""

    created: bool
    releases: list[Released]
