"""Errors as plain facts. They know nothing of HTTP: `core.http` and the CLI map them, once each.

A code is declared where it belongs, with a title and what to do about it; the catalogue that
`GET /errors` serves and docs/reference/errors.md lists is the sum of the declarations.
"""

from typing import Any

from holdfast.api.codes import NOT_FOUND


class HoldfastError(Exception):
    """A refusal or failure that its reader can act on: a declared code, one sentence, details."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details


class Malformed(HoldfastError):
    """The request could not be read at all."""


class Invalid(HoldfastError):
    """The request was read and breaks a rule."""


class Unauthenticated(HoldfastError):
    """Nobody we know is asking."""


class Forbidden(HoldfastError):
    """Somebody we know is asking for more than they may."""


class NotFound(HoldfastError):
    """It is not there, or it is not theirs; the answer is the same."""


class Conflict(HoldfastError):
    """It contradicts what is already recorded."""


class InvalidState(HoldfastError):
    """The thing exists, but its state does not allow this."""


class TooLarge(HoldfastError):
    """It is over a named limit."""


class Unsupported(HoldfastError):
    """It is of a media type that the route does not read."""


class Throttled(HoldfastError):
    """Too much at once; the same request may succeed later."""


class Unavailable(HoldfastError):
    """Something that we depend on does not answer; the same request may succeed later."""


class Transient(Exception):
    """A worker's work failed for now: deliver the message again."""


class Permanent(HoldfastError):
    """A worker's work failed for good: close the run with this reason."""


def not_found() -> NotFound:
    """The one answer for what is absent, elsewhere, or not the asker's."""
    return NotFound(NOT_FOUND, "There is nothing here by that name that you may see.")
