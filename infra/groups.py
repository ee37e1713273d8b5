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


# what may be said of one function of the API, by chalice's word and by the template's
OPTIONS = {"lambda_memory_size": "MemorySize", "lambda_timeout": "Timeout"}


class Divided(Exception):
    """A path of the API belongs to no group, or to more than one; `args` names it."""


class Group(NamedTuple):
    """One function of the API: its domains, the document of its role's policy, and settings of its own.

    `settings` are properties of the function that differ from those of the others: memory, timeout.
    """

    name: str
    domains: tuple[str, ...]
    policy: dict[str, Any]
    settings: dict[str, int]

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
    """Return the groups as `.chalice/config.json` configures them under `api_GROUP`.

    `domains` names the domains that have routes on each path.
    """
    folder = project / ".chalice"
    configured = json.loads((folder / "config.json").read_text())["lambda_functions"]
    made = (_group(name, configured[f"api_{name}"], folder) for name in GROUPS)
    return Api(tuple(made), domains)


def _group(name: str, configured: Mapping[str, Any], folder: Path) -> Group:
    policy = json.loads((folder / configured["iam_policy_file"]).read_text())
    own = {key: configured[option] for option, key in OPTIONS.items() if option in configured}
    return Group(name, GROUPS[name], policy, own)
