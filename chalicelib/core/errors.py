"""Errors as plain facts. They know nothing of HTTP: `core.http` and the CLI map them, once each.

A code is declared where it belongs, with a title and what to do about it; the catalogue that
`GET /errors` serves and the README lists is the sum of the declarations.
"""

from typing import Any, NamedTuple


class Problem(NamedTuple):
    """One entry of the catalogue: what a code means and what its reader can do."""

    code: str
    title: str
    remedy: str


catalogue: dict[str, Problem] = {}


def declare(code: str, title: str, remedy: str) -> str:
    """Enter `code` (UPPER_SNAKE) in the catalogue and return it, to be raised by that name."""
    if code in catalogue and catalogue[code] != Problem(code, title, remedy):
        raise ValueError(f"{code} is declared twice with different words")
    catalogue[code] = Problem(code, title, remedy)
    return code


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


NOT_FOUND = declare(
    "NOT_FOUND",
    "Nothing here by that name",
    "Check the id and the workspace; what you may not see answers the same.",
)
INVALID_REQUEST = declare(
    "INVALID_REQUEST",
    "The request breaks a rule",
    "`details.errors` names each field and its rule; mend those and send it again.",
)
MALFORMED_JSON = declare(
    "MALFORMED_JSON", "The body is not JSON", "Send one JSON object, UTF-8, in the body."
)
BODY_TOO_LARGE = declare(
    "BODY_TOO_LARGE",
    "The body is over the limit",
    "Send less at once: bytes of files go to the upload URLs, not through the API.",
)
UNSUPPORTED_MEDIA_TYPE = declare(
    "UNSUPPORTED_MEDIA_TYPE", "The body is not of a type that the route reads", "Send `application/json`."
)
UNAVAILABLE = declare(
    "UNAVAILABLE", "Something we depend on does not answer", "Wait as `Retry-After` says, then retry."
)
INTERNAL_ERROR = declare(
    "INTERNAL_ERROR", "A fault of ours", "Report it with the `request_id`; it is in our log."
)


def not_found() -> NotFound:
    """The one answer for what is absent, elsewhere, or not the asker's."""
    return NotFound(NOT_FOUND, "There is nothing here by that name that you may see.")
