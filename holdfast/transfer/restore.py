"""Restore of a package: each file is verified, and appears complete or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from holdfast.api.manifests import ManifestFile
from holdfast.client.packages import Packages
from holdfast.client.waiting import Pause
from holdfast.errors import LocalError
from holdfast.transfer.checks import FileCheck, Verdict, Verification
from holdfast.transfer.download import fetch
from holdfast.transfer.parallel import in_parallel
from holdfast.transfer.targets import already_there, check_paths, draft_of, place, prepared
from holdfast.transfer.verify import read_manifest, verdicts_of


def restore(packages: Packages, package_id: str, directory: Path) -> Verification:
    """Write the package's files under `directory`; see `Packages.restore`."""
    record = read_manifest(packages, package_id)
    files = record.manifest.files if record.manifest else []
    try:
        root = prepared(directory)
        check_paths((file.path for file in files), root)
        present = already_there(files, root)
        missing = [file for file in files if file.path not in present]
        written = {check.path: check for check in _written(packages, package_id, missing, root)}
    except OSError as error:
        name = error.filename or directory
        raise LocalError("UNWRITABLE", f"{name} cannot be written: {error.strerror}.") from error
    checks = [written.get(file.path, FileCheck(file.path, Verdict.OK)) for file in files]
    return record.verification(str(directory), checks, [])


def _written(
    packages: Packages, package_id: str, files: list[ManifestFile], root: Path
) -> Iterator[FileCheck]:
    pause = Pause()

    def write(file: ManifestFile) -> FileCheck:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_of(target)
        try:
            check = verdicts_of(file, lambda: _received(packages, package_id, file, draft, pause))
            if check.verdict is Verdict.OK:
                place(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        return check

    try:
        yield from in_parallel(write, files, jobs=packages.jobs)
    finally:
        pause.stop()


def _received(
    packages: Packages, package_id: str, file: ManifestFile, draft: Path, pause: Pause
) -> tuple[str, int]:
    def save(chunks: Iterator[bytes]) -> tuple[str, int]:
        digest = hashlib.sha256()
        with draft.open("wb") as handle:
            for chunk in chunks:
                digest.update(chunk)
                handle.write(chunk)
            return digest.hexdigest(), handle.tell()

    return fetch(packages, package_id, file, take=save, pause=pause)
