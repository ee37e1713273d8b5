"""A folder with `hook.yaml` and sources, read and zipped: the same sources give the same digest anywhere.

Entries are sorted and stored as they are, with one date for all; `hook.yaml` itself, hidden files and
what Python caches are left out (docs/guides/write-a-hook.md).
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
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can say
PROGRAM, PLAIN = 0o755, 0o644
CACHES = {"__pycache__", "node_modules"}


class HookFolder(NamedTuple):
    """A hook as a folder describes it: its name, its release without a digest, and its zip, if it has one."""

    name: str
    release: dict[str, Any]
    bundle: bytes | None

    @property
    def digest(self) -> str:
        """The SHA-256 of the zip, 64 hex digits."""
        return hashlib.sha256(self.bundle or b"").hexdigest()


def read_hook(directory: Path) -> HookFolder:
    """The hook that `directory` holds.

    Raises `InputError` (INVALID_HOOK_FOLDER) for what is no hook, `LocalError` for what cannot be read.
    """
    release = read_yaml(directory / DESCRIPTION)
    name = release.pop("name", directory.resolve().name)
    if not isinstance(name, str):
        raise _refusal(f"{DESCRIPTION}: `name` is no text")
    if release.get("runtime", "bundle") != "bundle":
        return HookFolder(name, release, None)
    if "digest" in release:
        raise _refusal(f"{DESCRIPTION}: `digest` has no place, it is that of the sources")
    return HookFolder(name, release, zipped(directory))


def read_yaml(path: Path) -> dict[str, Any]:
    """The YAML mapping in the file; raises as `read_hook`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]  # no types there
    except OSError as error:
        raise _unreadable(error) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refusal(f"{path.name} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise _refusal(f"{path.name} holds no mapping of names")
    return content


def zipped(directory: Path) -> bytes:
    """The sources below `directory` as a zip; raises as `read_hook`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(_sources(directory), key=PurePosixPath.as_posix):
            archive.writestr(_entry(directory, path), _content(directory / path))
            if buffer.tell() > MAX_BUNDLE_BYTES:
                raise _refusal(f"the sources take more than {MAX_BUNDLE_BYTES} bytes (MAX_BUNDLE_BYTES)")
        if not archive.namelist():
            raise _refusal("there is no source beside hook.yaml")
    return buffer.getvalue()


def _sources(directory: Path) -> Iterator[PurePosixPath]:
    for folder, folders, files in os.walk(directory, onerror=_give_up):
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
        raise _refusal(f"{path} is no regular file")
    entry = zipfile.ZipInfo(path.as_posix(), EPOCH)
    entry.create_system = 3  # Unix, whatever system this is: it is part of the bytes
    entry.external_attr = (PROGRAM if local.stat().st_mode & 0o100 else PLAIN) << 16
    return entry


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(error) from error


def _give_up(error: OSError) -> NoReturn:
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> LocalError:
    return LocalError("UNREADABLE", f"{error.filename} cannot be read: {error.strerror}.")


def _refusal(message: str) -> InputError:
    return InputError("INVALID_HOOK_FOLDER", f"{message[:500]}.")
