"""Verification of a package: the manifest against its digest, then every file against the manifest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from holdfast.api.manifests import Manifest, ManifestFile
from holdfast.client.packages import Packages
from holdfast.client.waiting import Pause
from holdfast.errors import HoldfastError, InputError, Interrupted
from holdfast.producers.tree import LocalFile
from holdfast.transfer.checks import FileCheck, Verdict, Verification, compare
from holdfast.transfer.download import Gone, fetch
from holdfast.transfer.hashing import hash_of
from holdfast.transfer.parallel import in_parallel
from holdfast.transfer.walk import walk

STORAGE = "storage"


class ManifestRecord(NamedTuple):
    """The manifest digest of a package, and the manifest, or None when its bytes have another digest."""

    package_id: str
    digest: str
    manifest: Manifest | None

    def verification(self, source: str, checks: Iterable[FileCheck], extra: Iterable[str]) -> Verification:
        """Return the verdicts on the package: `checks` are those on its files in `source`."""
        verdict = Verdict.OK if self.manifest else Verdict.BAD
        return Verification(self.package_id, source, self.digest, verdict, list(checks), sorted(extra))


def verify(packages: Packages, package_id: str, *, directory: Path | None) -> Verification:
    """Hash every byte of the package again; see `Packages.verify`."""
    record = read_manifest(packages, package_id)
    files = record.manifest.files if record.manifest else []
    if directory is None:
        return record.verification(STORAGE, _from_storage(packages, package_id, files), [])
    local = {file.path: file for file in walk(directory).files}
    extra = local.keys() - {file.path for file in files} if record.manifest else set()
    checks = in_parallel(lambda file: check_local(file, local.get(file.path)), files, jobs=packages.jobs)
    return record.verification(str(directory), checks, extra)


def read_manifest(packages: Packages, package_id: str) -> ManifestRecord:
    """Return the manifest digest of the package, and its manifest.

    Raises `InputError` for a package that is not finalized: it has no manifest to check against.
    """
    package = packages.get(package_id)
    if package.manifest_digest is None:
        message = f"{package_id} is {package.status}. Without a manifest there is nothing to check against."
        raise InputError("NOT_FINALIZED", message)
    body = packages.manifest_bytes(package_id)
    sound = f"sha256:{hashlib.sha256(body).hexdigest()}" == package.manifest_digest
    return ManifestRecord(
        package_id, package.manifest_digest, Manifest.model_validate_json(body) if sound else None
    )


def check_local(expected: ManifestFile, local: LocalFile | None) -> FileCheck:
    """Return the verdict on a file in a local copy."""
    if local is None:
        return FileCheck(expected.path, Verdict.MISSING, "it is not in the directory")
    return verdicts_of(expected, lambda: (hash_of(local, Pause()), local.stamp.size))


def verdicts_of(expected: ManifestFile, found: Callable[[], tuple[str, int]]) -> FileCheck:
    """Return the verdict on a file. `found` returns its (sha256, size), or raises."""
    try:
        return compare(expected.path, expected=(expected.sha256, expected.size), found=found())
    except Interrupted:
        raise
    except Gone as gone:
        return FileCheck(expected.path, Verdict.MISSING, gone.message)
    except HoldfastError as error:
        return FileCheck(expected.path, Verdict.ERROR, str(error))


def measured(chunks: Iterator[bytes]) -> tuple[str, int]:
    """Return the SHA-256 (hex) and the number of the bytes."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _from_storage(packages: Packages, package_id: str, files: list[ManifestFile]) -> Iterator[FileCheck]:
    pause = Pause()

    def check(file: ManifestFile) -> FileCheck:
        return verdicts_of(file, lambda: fetch(packages, package_id, file, take=measured, pause=pause))

    try:
        yield from in_parallel(check, files, jobs=packages.jobs)
    finally:
        pause.stop()
