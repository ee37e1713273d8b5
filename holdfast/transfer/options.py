"""The options and the result of `Packages.ingest`."""

from typing import NamedTuple, TypedDict

from holdfast.api.packages import Package
from holdfast.producers.recognition import Recognition
from holdfast.transfer.observer import Observer


class IngestOptions(TypedDict, total=False):
    """Options of an ingest. All are optional.

    `kind` and `producer` may be left out when an adapter recognises the directory. The default of `name`
    is the name that an adapter found, or the name of the directory. `resume` is the id of a package, which
    keeps the fields that it was created with.
    """

    kind: str
    producer: str
    name: str
    version: str
    retention_class: str
    convention: str
    resume: str
    jobs: int
    observer: Observer


class Ingested(NamedTuple):
    """A finalized package, the recognitions of the adapters, and warnings about unused content."""

    package: Package
    recognised: list[Recognition]
    warnings: list[str]

    @property
    def package_id(self) -> str:
        """The id of the package."""
        return self.package.id

    @property
    def manifest_digest(self) -> str:
        """`sha256:` and the hex SHA-256 of the manifest."""
        return self.package.manifest_digest or ""

    @property
    def file_count(self) -> int:
        """The number of files in the package."""
        return self.package.file_count

    @property
    def total_bytes(self) -> int:
        """The total number of bytes of all files."""
        return self.package.total_bytes
