"""The `Content-Disposition` header of a download, for any file name."""

from urllib.parse import quote


def attachment(filename: str) -> str:
    """Return a header value that makes a browser save the file under `filename` (RFC 6266).

    Old browsers get an ASCII name in which `_` replaces each unusual character. New ones get the exact UTF-8
    name.
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
