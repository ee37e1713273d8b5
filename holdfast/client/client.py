"""`Client` holds the connection to the service and the groups of calls."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from holdfast.client import configuration
from holdfast.client.transport import Transport, pooled

if TYPE_CHECKING:
    import httpx

    from holdfast.api.storage import KeptCertificate
    from holdfast.client.conventions import Conventions
    from holdfast.client.features import Features
    from holdfast.client.holds import Holds
    from holdfast.client.hook_runs import HookRuns
    from holdfast.client.hooks import Hooks
    from holdfast.client.integrity import Integrity
    from holdfast.client.members import Members
    from holdfast.client.operations import Operations
    from holdfast.client.packages import Packages
    from holdfast.client.retention import Retention

DEFAULT_JOBS = 8


class Client:
    """A connection to one Holdfast service, as one workspace.

    Threads may share a client. Close the client, or use it in a `with` block. A value that is not given
    comes from the environment, the profile in the configuration file, or a local stack, in this order
    (docs/reference/python.md). Raises `InputError` when no URL or token is found.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        workspace: str | None = None,
        *,
        profile: str | None = None,
        jobs: int = DEFAULT_JOBS,
        http: "httpx.Client | None" = None,
    ) -> None:
        found = configuration.resolve(url=url, token=token, workspace=workspace, profile=profile)
        self.jobs = jobs
        self.transport = Transport(
            found.url, found.token, workspace=found.workspace, http=http or pooled(jobs)
        )

    @cached_property
    def packages(self) -> "Packages":
        """Packages: create, upload, finalize, list, read, verify, delete."""
        from holdfast.client.packages import Packages

        return Packages(self.transport, jobs=self.jobs)

    @cached_property
    def retention(self) -> "Retention":
        """Retention of packages: extend, explain, sweep."""
        from holdfast.client.retention import Retention

        return Retention(self.transport)

    @cached_property
    def integrity(self) -> "Integrity":
        """Integrity of stored bytes: sweep, list alarms."""
        from holdfast.client.integrity import Integrity

        return Integrity(self.transport)

    @cached_property
    def holds(self) -> "Holds":
        """Holds on a package: apply, release, list."""
        from holdfast.client.holds import Holds

        return Holds(self.transport)

    @cached_property
    def operations(self) -> "Operations":
        """Operations: read, list, watch, wait, cancel."""
        from holdfast.client.operations import Operations

        return Operations(self.transport)

    @cached_property
    def members(self) -> "Members":
        """Members of the workspace: list, add, change, remove."""
        from holdfast.client.members import Members

        return Members(self.transport)

    @cached_property
    def hooks(self) -> "Hooks":
        """Hooks: release, list, read, and move the live pointer."""
        from holdfast.client.hooks import Hooks

        return Hooks(self.transport)

    @cached_property
    def hook_runs(self) -> "HookRuns":
        """Hook runs: list, read, wait, show the impact of a release, rerun."""
        from holdfast.client.hook_runs import HookRuns

        return HookRuns(self.transport)

    @cached_property
    def features(self) -> "Features":
        """The rows that hooks made."""
        from holdfast.client.features import Features

        return Features(self.transport)

    @cached_property
    def conventions(self) -> "Conventions":
        """Conventions: declare with hooks and releases, list, read, delete."""
        from holdfast.client.conventions import Conventions

        return Conventions(self.transport)

    def health(self) -> dict[str, Any]:
        """Return the state of the table, the storage and the queues (GET /health/details)."""
        from holdfast.client.validation import AnyObject, parse

        return parse(AnyObject, self.transport.get("/health/details").content).root

    def storage_certificate(self) -> "KeptCertificate":
        """Return the latest certificate of the store (GET /storage/certificate).

        Raises `ApiError` (NOT_FOUND) when there is no certificate yet.
        """
        return _certificate(self.transport.get("/storage/certificate").content)

    def certify_storage(self) -> "KeptCertificate":
        """Attack a canary in the store now, and return the new certificate (POST /storage/certificate)."""
        return _certificate(self.transport.create("/storage/certificate", {}).content)

    def close(self) -> None:
        """Close the connections."""
        self.transport.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(url={self.transport.url!r}, workspace={self.transport.workspace!r})"


def _certificate(body: bytes) -> "KeptCertificate":
    from holdfast.api.storage import KeptCertificate
    from holdfast.client.validation import parse

    return parse(KeptCertificate, body)
