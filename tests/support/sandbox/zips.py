"""Makes zips, honest ones and others."""

import hashlib
import io
import stat
import warnings
from collections.abc import Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Named = Mapping[str, bytes | str]


def zipped(files: Named) -> bytes:
    """A zip of these files."""
    return zipped_entries(*[(entry(name), content) for name, content in files.items()])


def zipped_entries(*entries: tuple[ZipInfo, bytes | str]) -> bytes:
    """A zip of these entries, as odd as they are."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a name that is there twice, which is the point
        with ZipFile(buffer, "w") as archive:
            for info, content in entries:
                archive.writestr(info, content)
    return buffer.getvalue()


def entry(name: str, *, mode: int = stat.S_IFREG | 0o644, **values: Any) -> ZipInfo:
    """An entry of this name and kind."""
    info = ZipInfo("placeholder")
    info.filename, info.compress_type = name, ZIP_DEFLATED
    info.external_attr = mode << 16
    for attribute, value in values.items():
        setattr(info, attribute, value)
    return info


def digest(content: bytes) -> str:
    """The SHA-256, in hex."""
    return hashlib.sha256(content).hexdigest()
