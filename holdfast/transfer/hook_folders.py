"""Hooks in folders: read `hook.yaml`, and zip the sources (docs/guides/write-a-hook.md).

The same sources give the same digest on every machine. Entries of the zip are sorted, not compressed, and
all have the same date. The zip leaves out `hook.yaml`, hidden files and caches.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn

import yaml

from holdfast.api.bundles import MAX_BUNDLE_BYTES
from holdfast.errors import InputError, LocalError

DESCRIPTION = "hook.yaml"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can express
PROGRAM, PLAIN = 0o755, 0o644
CACHES = {"__pycache__", "node_modules"}


class HookFolder(NamedTuple):
    """The hook in a folder: its name, the fields of its release without a digest, and its zip or None."""

    name: str
    release: dict[str, Any]
    bundle: bytes | None

    @property
    def digest(self) -> str:
        """The SHA-256 of the zip, 64 hex digits."""
        return hashlib.sha256(self.bundle or b"").hexdigest()


def read_hook(directory: Path) -> HookFolder:
    """Return the hook in `directory`.

    Raises `InputError` (INVALID_HOOK_FOLDER) when the folder has no valid hook, and `LocalError` when a file
    cannot be read.
    """
    release = read_yaml(directory / DESCRIPTION)
    name = release.pop("name", directory.resolve().name)
    if not isinstance(name, str):
        raise _refusal(f"{DESCRIPTION}: `name` must be a text")
    if release.get("runtime", "bundle") != "bundle":
        return HookFolder(name, release, None)
    if "digest" in release:
        raise _refusal(f"{DESCRIPTION}: `digest` must be left out, it is computed from the sources")
    return HookFolder(name, release, zipped(directory))


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the YAML mapping in the file. Raises as `read_hook`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]  # no types there
    except OSError as error:
        raise _unreadable(error) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refusal(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise _refusal(f"{path.name} must have a mapping of field names to values")
    return content


def zipped(directory: Path) -> bytes:
    """Return the sources below `directory` as a zip. Raises as `read_hook`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(_sources(directory), key=PurePosixPath.as_posix):
            archive.writestr(_entry(directory, path), _content(directory / path))
            if buffer.tell() > MAX_BUNDLE_BYTES:
                raise _refusal(f"the sources have more than {MAX_BUNDLE_BYTES} (MAX_BUNDLE_BYTES) bytes")
        if not archive.namelist():
            raise _refusal("there is no source file beside hook.yaml")
    return buffer.getvalue()


def _sources(directory: Path) -> Iterator[PurePosixPath]:
    for folder, folders, files in os.walk(directory, onerror=_fail):
        folders[:] = [name for name in folders if _wanted(name)]
        for name in files:
            path = Path(folder, name).relative_to(directory)
            if _wanted(name) and path != Path(DESCRIPTION):
                yield PurePosixPath(path.as_posix())


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name not in CACHES and not name.endswith(".pyc")


def _entry(directory: Path, path: PurePosixPath) -> zipfile.ZipInfo:
    local = directory / path
    if local.is_symlink() or not local.is_file():
        raise _refusal(f"{path} is not a regular file")
    entry = zipfile.ZipInfo(path.as_posix(), EPOCH)
    entry.create_system = 3  # always Unix, on every system: this value is part of the zip's bytes
    entry.external_attr = (PROGRAM if local.stat().st_mode & 0o100 else PLAIN) << 16
    return entry


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(error) from error


def _fail(error: OSError) -> NoReturn:
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> LocalError:
    return LocalError("UNREADABLE", f"{error.filename} cannot be read: {error.strerror}.")


def _refusal(message: str) -> InputError:
    return InputError("INVALID_HOOK_FOLDER", f"{message[:500]}.")
