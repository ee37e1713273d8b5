"""Write a row per URL and host name in every text file, with its file and its line.

A file with a NUL byte near its beginning is not text. A host name is recognised by its top-level domain.
`domains.txt` lists the usual domains and those of private networks, and the configuration adds others
(`top_level`).
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_LINE_BYTES = 64 * 1024
MAX_VALUE = 2000
MAX_ROWS = 100_000
LOOKED_AT_BYTES = 8192
# every repetition has a limit or can match in one way only, so no line makes these slow
URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'`<>{}|\\^\x00-\x1f\x7f]{1,2000}", re.IGNORECASE)
AUTHORITY = re.compile(r"//(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#:\[\]@]+)", re.IGNORECASE)
HOST = re.compile(
    r"(?<![\w.@/-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,10}([a-z]{2,24})(?![\w-]|\.\w)", re.IGNORECASE
)
CLOSING = ".,;:!?)]*"
USUAL = Path(__file__).with_name("domains.txt")


def main() -> None:
    """Read every input, write the rows and the result."""
    inputs, output = Path(os.environ["HOLDFAST_INPUT"]), Path(os.environ["HOLDFAST_OUTPUT"])
    config = json.loads(Path(os.environ["HOLDFAST_CONFIG"]).read_text())
    known = {*USUAL.read_text().split(), *(str(each).lower() for each in config.get("top_level", []))}
    verdict: dict[str, Any] = {"status": "passed", "reason": None}
    with (output / "rows.ndjson").open("w") as rows:
        for count, row in enumerate(rows_of_all(inputs, known)):
            if count == MAX_ROWS:
                verdict["reason"] = f"Only the first {MAX_ROWS} endpoints are listed."
                break
            rows.write(json.dumps(row) + "\n")
    (output / "result.json").write_text(json.dumps(verdict))


def rows_of_all(inputs: Path, known: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of every text file, in the order of paths and lines."""
    for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
        name = path.relative_to(inputs).as_posix()
        for number, line in lines(path):
            for kind, value, host in endpoints(line, known):
                yield {"file": name, "line": number, "kind": kind, "value": value[:MAX_VALUE], "host": host}


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file with their numbers; a very long line comes in pieces of one number."""
    with path.open("rb") as file:
        if b"\x00" in file.read(LOOKED_AT_BYTES):
            return
        file.seek(0)
        number = 1
        while piece := file.readline(MAX_LINE_BYTES):
            yield number, piece.decode("utf-8", "replace")
            number += piece.endswith(b"\n")


def endpoints(line: str, known: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield kind, value and host of every endpoint in a line; a host inside of a URL is not repeated."""
    rest, at = [], 0
    for found in URL.finditer(line):
        value = found[0].rstrip(CLOSING)
        if host := AUTHORITY.search(value):
            yield "url", value, host[1].lower()[:255]
        rest.append(line[at : found.start()])
        at = found.end()
    for part in [*rest, line[at:]]:
        for name in HOST.finditer(part):
            if name[1].lower() in known:
                yield "host", name[0], name[0].lower()


if __name__ == "__main__":
    main()
