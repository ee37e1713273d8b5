"""Queued work: look at it, wait until it has ended."""

from chalicelib.operations.models import Operation
from holdfast.errors import Unreachable
from holdfast.transport import Transport
from holdfast.validation import parsed
from holdfast.waiting import Pause

FIRST_POLL_S = 0.2
SLOWEST_POLL_S = 3.0


class Operations:
    """The calls under `/operations`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, operation_id: str) -> Operation:
        """The run as it stands. Raises `ApiError` (404), `Unreachable`."""
        return parsed(Operation, self._transport.get(f"/operations/{operation_id}").content)

    def wait(
        self, operation_id: str, *, timeout_s: float | None = None, pause: Pause | None = None
    ) -> Operation:
        """The run once it has ended, however it ended; asked for ever more slowly, at least every 3 seconds.

        Raises `Unreachable` (STILL_RUNNING) after `timeout_s` seconds; without it, waits as long as it takes.
        """
        waits, waited_s, poll_s = pause or Pause(), 0.0, FIRST_POLL_S
        while (operation := self.get(operation_id)).active:
            if timeout_s is not None and waited_s >= timeout_s:
                raise Unreachable("STILL_RUNNING", f"{operation_id} has not ended after {timeout_s} seconds.")
            waits.wait(poll_s)
            waited_s, poll_s = waited_s + poll_s, min(poll_s * 1.5, SLOWEST_POLL_S)
        return operation
