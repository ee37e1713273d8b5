"""Packages with their bytes: the calls, and the three journeys over them: ingest, verify, restore."""

from pathlib import Path
from typing import Unpack

from holdfast.client import packages
from holdfast.transfer.checks import Verification
from holdfast.transfer.ingest import ingest
from holdfast.transfer.options import Ingested, IngestOptions
from holdfast.transfer.restore import restore
from holdfast.transfer.verify import verify


class Packages(packages.Packages):
    """The calls under `/packages`, and what moves the bytes of a package."""

    def ingest(self, directory: str | Path, **options: Unpack[IngestOptions]) -> Ingested:
        """Keep every file of `directory` as one sealed package (docs/guides/ingest-from-ci.md).

        Raises `InputError` for what cannot be kept, before anything is created; `LocalError` for a file
        that cannot be read or changes meanwhile, `StoreError`, `ApiError`, `Unreachable`. After the
        package was created, `package_id` is among the error's notes, and `resume=` continues it.
        """
        return ingest(self, Path(directory), options)

    def verify(self, package_id: str, *, directory: str | Path | None = None) -> Verification:
        """Hash every byte of the package again, from storage or in the copy at `directory`.

        A bad, missing or unreadable file is a verdict in the answer, never an exception.
        """
        return verify(self, package_id, directory=Path(directory) if directory else None)

    def restore(self, package_id: str, directory: str | Path) -> Verification:
        """Write the package's files under `directory`, verified while written, each whole or not at all.

        Raises `InputError` before anything is written, when other content is in the way or the manifest
        holds paths that this disk cannot keep apart; `LocalError` when the disk refuses.
        """
        return restore(self, package_id, Path(directory))
