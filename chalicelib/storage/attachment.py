"""The `Content-Disposition` of a download, whatever the file is called."""

from urllib.parse import quote


def attachment(filename: str) -> str:
    """A header value that makes a browser save the file under `filename` (RFC 6266).

    Old readers get an ASCII name in which everything unusual is `_`; new ones the exact UTF-8 name.
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
