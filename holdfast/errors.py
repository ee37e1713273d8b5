"""Errors for users of the SDK. Each has a code, a message of one sentence, and a next step.

The errors know nothing of exit codes. `holdfast.cli.failures` maps them to exit codes.
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
    """The input cannot be used. Nothing was sent, and the same input will never work."""


class LocalError(HoldfastError):
    """A local file or directory cannot be read or written."""


class Unreachable(HoldfastError):
    """The service or the store did not answer, after a bounded number of retries."""


class UnexpectedAnswer(HoldfastError):
    """The answer does not have the form that this version of Holdfast expects."""


class Interrupted(HoldfastError):
    """The work was stopped before it was done."""


class StoreError(HoldfastError):
    """The store answered a transfer with an error. `details` has the path or the HTTP status."""


class OperationFailed(HoldfastError):
    """An operation ended without success. `details["failures"]` lists its failures."""


class ApiError(HoldfastError):
    """The service answered with an error (docs/reference/errors.md).

    `status` is the HTTP status. `code` and `details` are those of the problem. Quote `request_id` in a
    report of the error.
    """

    def __init__(
        self, status: int, code: str, message: str, *, request_id: str = "", details: dict[str, Any]
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.request_id = request_id
        self.details = details
