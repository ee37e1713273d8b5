"""Packages with their bytes: the calls of the API, and ingest, verify and restore."""

from pathlib import Path
from typing import Unpack

from holdfast.client import packages
from holdfast.transfer.checks import Verification
from holdfast.transfer.ingest import ingest
from holdfast.transfer.options import Ingested, IngestOptions
from holdfast.transfer.restore import restore
from holdfast.transfer.verify import verify


class Packages(packages.Packages):
    """The calls under `/packages`, and the transfer of a package's bytes."""

    def ingest(self, directory: str | Path, **options: Unpack[IngestOptions]) -> Ingested:
        """Keep every file of `directory` as one finalized package (docs/guides/ingest-from-ci.md).

        Raises `InputError` for a file that cannot be kept, before anything is created. Raises `LocalError`
        for a file that cannot be read or changes during the ingest, `StoreError`, `ApiError`, `Unreachable`.
        When the package exists already, a note of the error has its id, and `resume=` continues it.
        """
        return ingest(self, Path(directory), options)

    def verify(self, package_id: str, *, directory: str | Path | None = None) -> Verification:
        """Hash every byte of the package again, from storage or from the copy in `directory`.

        A bad, missing or unreadable file is a verdict in the result, never an exception.
        """
        return verify(self, package_id, directory=Path(directory) if directory else None)

    def restore(self, package_id: str, directory: str | Path) -> Verification:
        """Write the package's files under `directory`, and verify each file during the download.

        A file appears only when it is complete and verified. Raises `InputError` before anything is written
        when other content is in the way, or when the disk cannot keep two paths of the manifest apart.
        Raises `LocalError` when the disk refuses.
        """
        return restore(self, package_id, Path(directory))
