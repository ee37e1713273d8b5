"""What `Packages.ingest` takes and what it answers."""

from typing import NamedTuple, TypedDict

from holdfast.api.packages import Package
from holdfast.producers.recognition import Recognition
from holdfast.transfer.observer import Observer


class IngestOptions(TypedDict, total=False):
    """All optional. `kind` and `producer` may be left out where an adapter recognises the directory.

    `name` is the directory's own unless an adapter knows better. With `resume`, a package id, the package
    keeps the words it was created with.
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
    """A sealed package, what adapters recognised in it, and what could not be read or kept."""

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
        """How many files it holds."""
        return self.package.file_count

    @property
    def total_bytes(self) -> int:
        """How many bytes its files have together."""
        return self.package.total_bytes
