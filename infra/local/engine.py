"""ministack as a child process: DynamoDB, S3, SQS and Secrets Manager on one loopback port."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from infra.local.engine_process import LOCK, MARK

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
POLL_S = 0.05
SNAPSHOT_S = 30.0


def free_port() -> int:
    """Return a loopback port on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Unclean(NamedTuple):
    """The last run did not end cleanly; `saved_at` (RFC 3339, None for never) is its last save."""

    saved_at: str | None


class Engine:
    """One ministack process.

    With `state`, the process restores that folder at the start, saves a snapshot every `snapshot_s`
    seconds if something changed, and saves again at a clean stop. With `enforces_roles`, a Lambda
    function can do only what its role allows. The standard input of the process is a pipe from us: when
    we are killed, the pipe ends, and the process saves and ends, too.
    """

    def __init__(
        self,
        log: Path,
        *,
        port: int | None = None,
        state: Path | None = None,
        snapshot_s: float = SNAPSHOT_S,
        enforces_roles: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.state = state
        self.snapshot_s = snapshot_s
        self.enforces_roles = enforces_roles
        self.process: subprocess.Popen[bytes] | None = None
        self.unclean: Unclean | None = None

    def __enter__(self) -> "Engine":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process; `RuntimeError` when the process was not started."""
        if self.process is None:
            raise RuntimeError("ministack was not started")
        return self.process.pid

    def start(self) -> None:
        """Start the process and return when it answers.

        `unclean` is then set if the last run with this state did not end cleanly. Raises `RuntimeError`
        when another process has the port, and when the process does not answer; the message then has
        the end of the log.
        """
        if self._answers():
            raise RuntimeError(f"ministack did not start: port {self.port} is taken")
        self.unclean = self._last_end()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.engine_process", str(self.snapshot_s)],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C reaches only us, so that we can stop the engine in order
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"ministack did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Stop the process and wait until its state is saved. A second call changes nothing."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process, as a power cut would: changes since the last save are lost."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def _last_end(self) -> Unclean | None:
        mark = self.state / "state" / MARK if self.state else None
        if mark is None or not mark.exists():
            return None
        with (mark.parent / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # an engine whose owner died may still be saving
            found = json.loads(mark.read_text())
        return None if found["clean"] else Unclean(found["saved_at"])

    def _environment(self) -> dict[str, str]:
        folders = {"PERSIST_STATE": "0", "S3_PERSIST": "0"}
        if self.state:
            folders = {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self.state / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self.state / "s3"),
            }
        auth = "true" if self.enforces_roles else "false"
        fixed = {
            "AUTH": auth,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
        }
        source = {"PYTHONPATH": str(Path(__file__).parents[2])}
        return {**os.environ, **source, **fixed, **folders, "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2):  # noqa: S310  loopback
                return True
        except (urllib.error.URLError, OSError):
            return False
