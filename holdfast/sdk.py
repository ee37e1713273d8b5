"""The entry point of the SDK: `Client`, with the calls of the API and the transfer of bytes."""

from functools import cached_property
from typing import TYPE_CHECKING

from holdfast.client import client

if TYPE_CHECKING:
    from holdfast.transfer.hooks import Hooks
    from holdfast.transfer.packages import Packages


class Client(client.Client):
    """A connection to one Holdfast service, as one workspace.

    Threads may share a client. Close the client, or use it in a `with` block.
    """

    @cached_property
    def packages(self) -> "Packages":
        """Packages: ingest, list, read, verify, restore."""
        from holdfast.transfer.packages import Packages

        return Packages(self.transport, jobs=self.jobs)

    @cached_property
    def hooks(self) -> "Hooks":
        """Hooks: release, list, read, and move the live pointer."""
        from holdfast.transfer.hooks import Hooks

        return Hooks(self.transport)
