"""Conventions, and the check of a package against one; pure (docs/concepts/conventions.md)."""

from collections.abc import Iterable
from enum import StrEnum

from chalicelib.validation.globs import matches
from holdfast.api.schema import Entity


class Action(StrEnum):
    """The actions in the audit chain of a convention (`source:subject:verb`)."""

    CREATED = "conventions:convention:created"
    UPDATED = "conventions:convention:updated"
    DELETED = "conventions:convention:deleted"
    RESTORED = "conventions:convention:restored"


class Breach(Entity):
    """One rule of a convention that a package breaks."""

    field: str
    rule: str


def missing_files(required: Iterable[str], paths: Iterable[str]) -> list[Breach]:
    """Return a breach for each glob of `required` that matches none of `paths`."""
    known = list(paths)
    return [
        Breach(field="files", rule=f"no file matches {glob!r}")
        for glob in required
        if not any(matches(glob, path) for path in known)
    ]
