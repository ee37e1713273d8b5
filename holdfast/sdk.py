"""The SDK's door: `Client`, the calls of the API with what moves bytes over them."""

from functools import cached_property
from typing import TYPE_CHECKING

from holdfast.client import client

if TYPE_CHECKING:
    from holdfast.transfer.hooks import Hooks
    from holdfast.transfer.packages import Packages


class Client(client.Client):
    """A connection to one Holdfast service, as one workspace.

    Threads may share it. Close it, or use it in a `with` block.
    """

    @cached_property
    def packages(self) -> "Packages":
        """Packages: ingest, list, read, verify, restore."""
        from holdfast.transfer.packages import Packages

        return Packages(self.transport, jobs=self.jobs)

    @cached_property
    def hooks(self) -> "Hooks":
        """Hooks: release, look at them, move what is live."""
        from holdfast.transfer.hooks import Hooks

        return Hooks(self.transport)
