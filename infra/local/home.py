"""$HOLDFAST_HOME: the folder of the embedded stack with its state, its secret and its note.

The note is `stack.json`. It says how to reach the stack that runs.
"""

import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

SECRET_BYTES = 32


class Occupied(Exception):
    """Another stack runs in this home; the message is one sentence that says which."""


class Unusable(Exception):
    """A folder cannot be a home; the message is one sentence that says why."""


class Home:
    """One home. Only its owner can read its files."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.note = self.path / "stack.json"
        self.secret_file = self.path / "jwt-secret"
        self.engine_state = self.path / "engine"
        self.engine_log = self.path / "engine.log"
        self.objects = self.path / "objects"
        self._engine_port = self.path / "engine-port"

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Lock the home for the length of the block.

        Raises `Occupied` when another stack has it, `Unusable` when it cannot be made or written to.
        """
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Occupied(self._who()) from None
            self.note.unlink(missing_ok=True)
            yield
            self.note.unlink(missing_ok=True)

    def _lock_file(self) -> TextIO:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            return (self.path / "lock").open("a+")
        except OSError as error:
            message = f"{self.path} cannot be the home ({error.strerror}). Choose another with HOLDFAST_HOME."
            raise Unusable(message) from None

    def secret(self) -> str:
        """Return the token secret, 64 hex digits; the first call makes it."""
        if not self.secret_file.exists():
            write_private(self.secret_file, secrets.token_hex(SECRET_BYTES))
        return self.secret_file.read_text()

    def write_note(self, note: dict[str, Any]) -> None:
        """Write `note` into stack.json, which only the owner of the home can read."""
        write_private(self.note, json.dumps(note, indent=2) + "\n")

    def engine_port(self) -> int | None:
        """Return the port that the engine had last time; its URLs stay valid on the same port."""
        return int(self._engine_port.read_text()) if self._engine_port.exists() else None

    def keep_engine_port(self, port: int) -> None:
        """Write the port of the engine, for the next start."""
        self._engine_port.write_text(str(port))

    def _who(self) -> str:
        if not self.note.exists():
            return f"Another stack is starting or stopping in {self.path}."
        running = json.loads(self.note.read_text())
        return (
            f"Another stack (process {running['pid']}, {running['url']}) runs in {self.path}. "
            "Stop it, or choose another folder with HOLDFAST_HOME."
        )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)
