"""Makes jobs, and the objects in storage that they name."""

import io
from pathlib import Path
from typing import Any

from chalicelib.hooks.models.execution import InputFile, Job
from chalicelib.hooks.service.bundles import bundle_key
from chalicelib.storage.service import storage
from holdfast.api.releases import Release
from tests.support.factories import CODE_SHA256, MOMENT, WORKSPACE
from tests.support.sandbox.zips import Named, digest, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:suites:7"
LIMITS = {"memory_mib": 96, "timeout_s": 20, "cpu_s": 5, "output_mib": 1}


def make_release(**overrides: Any) -> Release:
    """A release of the bundle runtime; `lambda` with a function to name."""
    values: dict[str, Any] = {
        "hook": "suites",
        "version": 3,
        "digest": "0" * 64,
        "runtime": "bundle",
        "entrypoint": None,
        "inputs": ["**"],
        "function_arn": None,
        "config": {"depth": 2},
        "limits": LIMITS,
        "source_ref": None,
        "built_by": "ada",
        "built_at": MOMENT,
    }
    return Release.model_validate(values | overrides)


def make_function_release(**overrides: Any) -> Release:
    """A release of a published function."""
    own = {"runtime": "lambda", "digest": CODE_SHA256, "function_arn": ARN}
    return make_release(**own | overrides)


def make_job(folder: Path, release: Release, **overrides: Any) -> Job:
    """A job in `folder`, which is made."""
    (folder / "output").mkdir(parents=True)
    values: dict[str, Any] = {
        "run_id": "run_1",
        "hook": release.hook,
        "workspace": WORKSPACE,
        "release": release,
        "memory_mib": release.limits.memory_mib,
        "timeout_s": float(release.limits.timeout_s),
        "folder": folder,
        "inputs": [],
        "manifest": b'{"files":[]}',
        "config": release.config,
    }
    return Job(**values | overrides)


def make_input(path: str, content: bytes) -> InputFile:
    """A file of a package, stored."""
    key = f"main/{WORKSPACE}/files/{digest(content)}"
    store(key, content)
    return InputFile(path, key, len(content), digest(content))


def bundled(folder: Path, files: Named, *, inputs: dict[str, bytes] | None = None, **overrides: Any) -> Job:
    """A job that runs a stored bundle of these files."""
    return bundled_bytes(folder, zipped(files), inputs=inputs, **overrides)


def bundled_bytes(
    folder: Path, content: bytes, *, inputs: dict[str, bytes] | None = None, **overrides: Any
) -> Job:
    """A job that runs these bytes, stored as a bundle."""
    store(bundle_key(WORKSPACE, digest(content)), content)
    placed = [make_input(path, each) for path, each in (inputs or {}).items()]
    return make_job(folder, make_release(digest=digest(content), **overrides), inputs=placed)


def store(key: str, content: bytes) -> None:
    """Put an object where the runtime looks for it."""
    storage().put(key, io.BytesIO(content), len(content), digest(content))
