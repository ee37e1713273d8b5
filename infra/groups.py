"""The functions that serve the API: one for each group of domains, with a role of its own.

Every group runs the same code. Its setting `HOLDFAST_SERVES` names the domains whose routes it imports,
so a cold start imports what it serves. Domains that share a path are in one group, because API Gateway
chooses the function by the path. A domain that is seldom asked for joins another one, because fewer
functions are warm more often.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

GROUPS: dict[str, tuple[str, ...]] = {
    "web": ("web", "storage"),
    "members": ("members",),
    "packages": ("packages", "retention"),
    "hooks": ("conventions", "hooks"),
    "operations": ("operations",),
}


class Divided(Exception):
    """A path of the API belongs to no group, or to more than one; `args` names it."""


class Group(NamedTuple):
    """One function of the API: the domains that it serves, and the document of its role's policy."""

    name: str
    domains: tuple[str, ...]
    policy: dict[str, Any]

    @property
    def key(self) -> str:
        """The logical id of the function: `ApiWeb`."""
        return f"Api{self.name.capitalize()}"

    @property
    def serves(self) -> str:
        """The value of `HOLDFAST_SERVES`."""
        return ",".join(self.domains)


class Api(NamedTuple):
    """All groups, and the domains that have routes on each path."""

    groups: tuple[Group, ...]
    domains: Mapping[str, list[str]]

    def serving(self, path: str) -> Group:
        """Return the group that serves `path`; raise `Divided` when there is not exactly one."""
        wanted = set(self.domains.get(path, ()))
        found = [group for group in self.groups if wanted & set(group.domains)]
        if len(found) != 1:
            raise Divided(f"{path} is served by {[group.name for group in found]}; it needs one group.")
        return found[0]


def read(project: Path, domains: Mapping[str, list[str]]) -> Api:
    """Return the groups with the policies that `.chalice/` has for them.

    `domains` names the domains that have routes on each path.
    """
    made = (
        Group(name, served, json.loads((project / ".chalice" / f"policy-api_{name}.json").read_text()))
        for name, served in GROUPS.items()
    )
    return Api(tuple(made), domains)
