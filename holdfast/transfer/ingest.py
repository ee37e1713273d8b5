"""One ingest from end to end: walk, recognise, create or resume, upload, finalize."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from holdfast.api.packages import Create, Package, Status
from holdfast.client.packages import Packages
from holdfast.client.waiting import Pause
from holdfast.errors import InputError
from holdfast.producers.recognition import Recognised, recognise
from holdfast.producers.tree import LocalFile, Tree
from holdfast.transfer.hashing import Hashed, hash_of
from holdfast.transfer.manifests import Line, expected_digest
from holdfast.transfer.media import media_type
from holdfast.transfer.observer import Observer, Unobserved
from holdfast.transfer.options import Ingested, IngestOptions
from holdfast.transfer.upload import Sending
from holdfast.transfer.walk import Walked, walk

OPEN = {Status.CREATED, Status.UPLOADING}


def ingest(packages: Packages, directory: Path, options: IngestOptions) -> Ingested:
    """Keep every file of `directory` as one package; see `Packages.ingest`."""
    walked = walk(directory)
    if not walked.files:
        raise InputError("EMPTY_DIRECTORY", f"{directory} has no file; there is nothing to keep.")
    recognised = recognise(Tree(walked.files), options.get("kind"))
    warnings = [*recognised.warnings, *_empty(walked)]
    package = _resumed(packages, options) or packages.create(**_fields(directory, options, recognised))
    _observer(options).created(package)
    try:
        finalized = _finalize(packages, package, walked.files, options)
    except BaseException as error:
        # KeyboardInterrupt too: whatever ended it, the caller needs the id to continue
        error.add_note(f"package_id: {package.id} (continue with resume={package.id!r})")
        raise
    return Ingested(finalized, recognised.recognitions, warnings)


def _resumed(packages: Packages, options: IngestOptions) -> Package | None:
    if "resume" not in options:
        return None
    package = packages.get(options["resume"])
    if package.status not in {*OPEN, Status.FINALIZED}:
        message = f"{package.id} is {package.status} and takes no more files."
        raise InputError("NOT_RESUMABLE", message, next_step="Ingest the directory into a new package.")
    return package


def _fields(directory: Path, options: IngestOptions, recognised: Recognised) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if name in Create.model_fields}
    name = recognised.name or directory.resolve().name
    fields = {"kind": recognised.kind, "producer": recognised.producer, "name": name, **given}
    missing = [field for field in ("kind", "producer") if not fields[field]]
    if missing:
        raise InputError(
            "NOT_RECOGNISED",
            f"No report in {directory} tells its {' or '.join(missing)}.",
            next_step=f"Add {' and '.join(f'--{field}' for field in missing)}.",
        )
    return {**fields, "metadata": recognised.metadata}


def _finalize(
    packages: Packages, package: Package, files: list[LocalFile], options: IngestOptions
) -> Package:
    if package.status is Status.FINALIZED:
        return _same(package, files)
    jobs, observer = options.get("jobs", packages.jobs), _observer(options)
    observer.started(files=len(files), size=sum(file.stamp.size for file in files))
    with Sending(packages, package.id, jobs=jobs, observer=observer) as sending:
        digest = expected_digest(package, _lines(sending.send(files)))
    return packages.finalize(package.id, expected_file_count=len(files), expected_manifest_digest=digest)


def _observer(options: IngestOptions) -> Observer:
    return options.get("observer") or Unobserved()


def _same(package: Package, files: list[LocalFile]) -> Package:
    here = expected_digest(package, _lines(Hashed(file, hash_of(file, Pause()), None) for file in files))
    if here != package.manifest_digest:
        message = f"{package.id} is finalized, and the directory has other content."
        raise InputError("NOT_RESUMABLE", message, next_step="Ingest the directory into a new package.")
    return package


def _lines(files: Iterable[Hashed]) -> Iterator[Line]:
    for file in files:
        yield Line(file.file.path, file.sha256, file.file.stamp.size, media_type(file.file.path))


def _empty(walked: Walked) -> list[str]:
    return [f"{path}/ is empty and cannot be kept" for path in walked.empty_directories]
