"""What can go wrong for a user of the SDK: a code, one sentence, and what to do next.

They know nothing of exit codes; `holdfast.cli.failures` maps them, once.
"""

from typing import Any


class HoldfastError(Exception):
    """A refusal or failure that its reader can act on."""

    def __init__(self, code: str, message: str, *, next_step: str = "", **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.next_step = next_step
        self.details = details


class InputError(HoldfastError):
    """What the caller gave cannot be used; nothing was sent, and sending it again does not help."""


class LocalError(HoldfastError):
    """The disk here does not give or take what is needed."""


class Unreachable(HoldfastError):
    """The service or the store did not answer, after bounded retries."""


class UnexpectedAnswer(HoldfastError):
    """Something answered, but not as this version of Holdfast does."""


class Interrupted(HoldfastError):
    """The work was told to stop before it was done."""


class StoreError(HoldfastError):
    """The store answered a transfer with an error; `details` has the path and the store's own code."""


class OperationFailed(HoldfastError):
    """Queued work ended without success; `details.failures` is what it says of itself."""


class ApiError(HoldfastError):
    """The service answered with an error (docs/reference/errors.md).

    `status` is the HTTP status, `code` the problem's code, `details` its details, and `request_id`
    what to quote when reporting it.
    """

    def __init__(
        self, status: int, code: str, message: str, *, request_id: str = "", details: dict[str, Any]
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.request_id = request_id
        self.details = details
