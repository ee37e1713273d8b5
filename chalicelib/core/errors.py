"""Errors as plain facts. They know nothing of HTTP: `chalicelib.http` and the CLI each map them once.

`holdfast.api.codes` declares each code with a title and a remedy. `GET /errors` serves that catalogue, and
docs/reference/errors.md lists it.
"""

from typing import Any

from holdfast.api.codes import NOT_FOUND


class HoldfastError(Exception):
    """A refusal or failure that its reader can act on: a declared code, one sentence, and details."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details


class Malformed(HoldfastError):
    """The request could not be parsed."""


class Invalid(HoldfastError):
    """The request was parsed, and it breaks a rule."""


class Unauthenticated(HoldfastError):
    """The request has no valid proof of identity."""


class Forbidden(HoldfastError):
    """The caller is known and lacks a right for this."""


class NotFound(HoldfastError):
    """The record does not exist, or the caller may not see it; the answer is the same."""


class Conflict(HoldfastError):
    """The request contradicts a recorded fact."""


class InvalidState(HoldfastError):
    """The record exists, but its state does not allow this."""


class TooLarge(HoldfastError):
    """The request is over a named limit."""


class Unsupported(HoldfastError):
    """The body has a media type that the route does not read."""


class Throttled(HoldfastError):
    """There are too many requests at once; the same request may succeed later."""


class Unavailable(HoldfastError):
    """A service that Holdfast depends on does not answer; the same request may succeed later."""


class Transient(Exception):
    """A worker failed for now; the queue delivers the message again."""


class Permanent(HoldfastError):
    """A worker failed permanently; the run ends with this reason."""


def not_found() -> NotFound:
    """Return the one error for a record that is absent, in another workspace, or hidden from the caller."""
    return NotFound(NOT_FOUND, "There is nothing here by that name that you may see.")
