"""Counts what reached the embedded stack's API, from its own request log."""

import re
from collections import Counter
from pathlib import Path

LINE = re.compile(r" (GET|POST|PUT|PATCH|DELETE) /api/(\S+) \d{3} \d+ ms$", re.MULTILINE)
WAITING = re.compile(r"GET (operations/|packages/[^/]+$)")


class RequestLog:
    """The requests that were logged since it was made."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size

    def counted(self) -> Counter[str]:
        """Requests by purpose: `asking` for work, and `waiting` until a worker has done it."""
        with self._log.open("rb") as lines:
            lines.seek(self._start)
            text = lines.read().decode()
        return Counter(_purpose(method, path) for method, path in LINE.findall(text))


def _purpose(method: str, path: str) -> str:
    return "waiting" if WAITING.match(f"{method} {path}") else "asking"
