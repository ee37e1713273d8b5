"""Run one command confined, watch it, and say how it ended."""

import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any, cast

from chalicelib.core import clock
from chalicelib.hooks.runtimes.models import MAX_LOG_TAIL_BYTES, Ended
from chalicelib.hooks.runtimes.sandbox.models import (
    MAX_FILES,
    MAX_OPEN_FILES,
    MAX_PROCESSES,
    MIB,
    Command,
    Exit,
    Report,
    ended_by,
)

SUPERVISOR = Path(__file__).with_name("__main__.py")
TICK_S = 0.25
STEP_EVERY_S = 1.0
GRACE_S = 5.0
CHUNK_BYTES = 64 * 1024
# what programs are made of; the rest of the file system is not there where the platform allows that
VISIBLE = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/var/lang",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/certs",
]
DUMPABLE, GET_DUMPABLE = 4, 3

Step = Callable[[], None]


def python() -> str:
    """The interpreter that hooks are run with: ours, without what is installed beside us."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def run(command: Command, *, step: Step) -> Exit:
    """Run `command` until it ends or is ended; `step` is called about every second.

    What `step` raises ends the process and passes on. Never raises for what the process does.
    """
    reading, writing = os.pipe()
    with (
        TemporaryDirectory() as root,
        closed_to_others(),
        os.fdopen(reading, "rb", buffering=0) as report,
        _started(command, root, writing) as process,
    ):
        os.close(writing)
        watch = _Watch(process, command, report)
        try:
            watch.until_over(step)
        finally:
            _end(process)
    return watch.exit()


@contextmanager
def closed_to_others() -> Iterator[None]:
    """Keep other processes of this user out of this one's memory and environment, while anyone is inside."""
    libc = ctypes.CDLL(None)
    with _closing:
        _inside.append(libc.prctl(GET_DUMPABLE))
        libc.prctl(DUMPABLE, 0)
    try:
        yield
    finally:
        with _closing:
            before = _inside.pop()
            if not _inside:
                libc.prctl(DUMPABLE, before)


_closing = Lock()
_inside: list[int] = []


class _Watch:
    """What is known of a process while it runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", command: Command, report: IO[bytes]) -> None:
        self._process, self._command = process, command
        self._tails = {"stdout": b"", "stderr": b"", "report": b""}
        self._flood = 0
        self._started = self._stepped = clock.ticks()
        self._duration = 0.0
        self._verdict: Ended | None = None
        self._selector = selectors.DefaultSelector()
        for stream, name in ((process.stdout, "stdout"), (process.stderr, "stderr"), (report, "report")):
            self._selector.register(cast("IO[bytes]", stream), selectors.EVENT_READ, name)

    def until_over(self, step: Step) -> None:
        """Read and watch until every stream has ended, or the process has to be ended."""
        try:
            while self._selector.get_map() and self._verdict is None:
                for key, _ in self._selector.select(timeout=TICK_S):
                    self._read(key)
                self._verdict = self._broken_bound()
                if clock.ticks() - self._stepped >= STEP_EVERY_S:
                    self._stepped = clock.ticks()
                    step()
        finally:
            self._duration = clock.ticks() - self._started
            self._selector.close()

    def exit(self) -> Exit:
        """How it ended."""
        said = self._said()
        report = Report(said["exit_code"], said["cpu_s"]) if "exit_code" in said else None
        stderr = _text(self._tails["stderr"])
        verdict = self._verdict or (
            ended_by(report, self._command, stderr) if report else Ended.OUT_OF_MEMORY
        )
        if verdict is Ended.EXITED and _too_much(self._command):
            verdict = Ended.OUTPUT_EXCEEDED
        return Exit(
            ended=verdict,
            exit_code=report.exit_code if report else None,
            duration_s=round(self._duration, 3),
            stdout_tail=_text(self._tails["stdout"]),
            stderr_tail=stderr,
            isolation=said.get("isolation", []),
        )

    def _read(self, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, CHUNK_BYTES)
        if not data:
            self._selector.unregister(key.fileobj)
            return
        self._tails[key.data] = (self._tails[key.data] + data)[-MAX_LOG_TAIL_BYTES:]
        self._flood += len(data)

    def _broken_bound(self) -> Ended | None:
        if clock.ticks() - self._started > self._command.timeout_s:
            return Ended.TIMED_OUT
        if self._flood > self._command.output_mib * MIB or _too_much(self._command):
            return Ended.OUTPUT_EXCEEDED
        return None

    def _said(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for line in self._tails["report"].splitlines():
            with suppress(ValueError):  # the last line of a supervisor that was ended in the middle of it
                said |= json.loads(line)
        return said


def _started(command: Command, root: str, report: int) -> "subprocess.Popen[bytes]":
    order = json.dumps(_order(command, root, report))
    return subprocess.Popen(  # noqa: S603  to run what was handed over, confined, is what this is for
        [python(), "-I", "-S", str(SUPERVISOR), order],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(report,),
        env={},
        cwd="/",
        start_new_session=True,
    )


def _order(command: Command, root: str, report: int) -> dict[str, Any]:
    return {
        "argv": command.argv,
        "environment": command.environment,
        "folder": str(command.folder),
        "working_folder": str(command.working_folder),
        "read_only": [str(path) for path in command.read_only],
        "namespaces": command.namespaces,
        "root": root,
        "visible": [*VISIBLE, sys.base_prefix],
        "report": report,
        "limits": {
            "memory_bytes": command.memory_mib * MIB,
            "cpu_s": command.cpu_s,
            "file_bytes": command.output_mib * MIB,
            "open_files": MAX_OPEN_FILES,
            "processes": MAX_PROCESSES,
        },
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the supervisor, which ends all below it; by force when it does not."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _too_much(command: Command) -> bool:
    """Whether there are more bytes or files in the folder than the command may leave."""
    size = count = 0
    waiting = [str(command.folder / "output"), str(command.folder / "tmp")]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    with suppress(OSError):
                        size += entry.stat(follow_symlinks=False).st_size
                if size > command.output_mib * MIB or count > MAX_FILES:
                    return True
    return False


def _text(tail: bytes) -> str:
    return tail.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
