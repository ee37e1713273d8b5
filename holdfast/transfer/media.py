"""Media types by file ending. The table is our own, so that every machine declares the same types."""

UNKNOWN = "application/octet-stream"

BY_ENDING = {
    "bz2": "application/x-bzip2",
    "csv": "text/csv",
    "gif": "image/gif",
    "gz": "application/gzip",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "log": "text/plain",
    "md": "text/markdown",
    "ndjson": "application/x-ndjson",
    "pdf": "application/pdf",
    "png": "image/png",
    "properties": "text/plain",
    "sarif": "application/sarif+json",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "toml": "application/toml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}


def media_type(path: str) -> str:
    """Return the media type for the ending of `path`, or `application/octet-stream` for an unknown one."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return BY_ENDING.get(ending.lower(), UNKNOWN) if dot else UNKNOWN
