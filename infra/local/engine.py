"""ministack as a child process: DynamoDB, S3, SQS and Secrets Manager on one loopback port."""

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

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
POLL_S = 0.05


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Engine:
    """One ministack process. With `state`, it restores that folder at the start and saves at a clean stop."""

    def __init__(self, log: Path, *, port: int | None = None, state: Path | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.state = state
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Engine":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and return when it answers; `RuntimeError` with its log when it does not."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=self._environment(),
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C reaches us first, so that we can stop it in order
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"ministack did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Stop the process that `start` started and wait until its state is saved. Idempotent."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _environment(self) -> dict[str, str]:
        folders = {"PERSIST_STATE": "0", "S3_PERSIST": "0"}
        if self.state:
            folders = {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self.state / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self.state / "s3"),
            }
        fixed = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "LOG_LEVEL": "WARNING"}
        return {**os.environ, **fixed, **folders, "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2):  # noqa: S310  loopback
                return True
        except (urllib.error.URLError, OSError):
            return False
