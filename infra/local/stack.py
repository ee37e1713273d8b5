"""The embedded stack as a child process, for tests, the demo and benchmarks."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 120.0
POLL_S = 0.05
PROJECT = Path(__file__).parents[2]


class StackEngine(NamedTuple):
    """The address of the stack's engine, and the resources that the app uses there."""

    url: str
    pid: int
    table_name: str
    bucket: str
    queue_url_prefix: str


class Stack:
    """One embedded stack in `home`, on `port` or any free port; `environment` adds to our environment.

    `with Stack(home) as stack:` starts the stack, and stops it cleanly at the end of the block.
    """

    def __init__(
        self, home: Path, port: int | None = None, *, environment: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.log = home / "stack.log"
        self._port = port or 0
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._note: dict[str, Any] = {}

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the stack, without `/api`."""
        return str(self._note["url"])

    @property
    def token(self) -> str:
        """A token of the owner of workspace `local`."""
        return str(self._note["token"])

    @property
    def workspace(self) -> str:
        """The workspace that the token is for."""
        return str(self._note["workspace"])

    @property
    def engine(self) -> StackEngine:
        """The engine of the stack."""
        return StackEngine(**self._note["engine"])

    @property
    def pid(self) -> int:
        """The id of the process that serves the app."""
        return int(self._note["pid"])

    def start(self) -> None:
        """Start the stack and return when it is ready; `RuntimeError` with the end of its log if it fails."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local"],
                cwd=PROJECT,
                env=self._child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self._note = self._await_note(self._process)

    def stop(self) -> int | None:
        """Stop the stack and return its exit code when its state is saved; None if it does not run."""
        return self._end(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the stack ends by itself, and return its exit code."""
        if self._process is None:
            raise RuntimeError("the embedded stack was not started")
        process, self._process = self._process, None
        return process.wait(STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the stack; its engine notices that, saves and ends by itself."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(number)
        return process.wait(STOP_TIMEOUT_S)

    def _child_environment(self) -> dict[str, str]:
        own = {"HOLDFAST_HOME": str(self.home.resolve()), "PORT": str(self._port)}
        return {**os.environ, **self._environment, **own}

    def _await_note(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        note = self.home / "stack.json"
        deadline = time.monotonic() + START_TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            found: dict[str, Any] = json.loads(note.read_text()) if note.exists() else {}
            if found.get("pid") == process.pid:
                return found
            time.sleep(POLL_S)
        self._end(signal.SIGTERM)
        raise RuntimeError(f"the embedded stack did not start:\n{self.log.read_text()[-3000:]}")
