"""Run one command confined, watch it, and say how it ended."""

import ctypes
import json
import os
import platform
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

from chalicelib.sandbox.command import (
    MAX_FILES,
    MAX_LOG_TAIL_BYTES,
    MAX_OPEN_FILES,
    MAX_PROCESSES,
    MIB,
    Command,
    Ended,
    Exit,
    Report,
    ended_by,
)
from chalicelib.sandbox.scratch import Held, measure
from chalicelib.sandbox.seccomp import program

ROOT = Path(__file__).parents[2]
# by this way, and not by `-m`, nothing but the supervisor's own packages is found or read
SUPERVISE = (
    "import sys; sys.path.insert(0, sys.argv.pop()); from chalicelib.sandbox.supervisor import main; main()"
)
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
Ticks = Callable[[], float]


def python() -> str:
    """The interpreter that hooks are run with: ours, without what is installed beside us."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def libraries() -> dict[str, str]:
    """What the interpreter needs to find its own library where the system does not know it."""
    return {"LD_LIBRARY_PATH": f"{sys.base_prefix}/lib"}


def run(command: Command, *, step: Step, ticks: Ticks) -> Exit:
    """Run `command` until it ends or is ended; `step` is called about every second of `ticks`.

    What `step` raises ends the process and passes on. Never raises for what the process does.
    """
    before = measure(command.folder)
    with TemporaryDirectory() as root, closed_to_others(), _supervisor(command, root) as (process, report):
        watch = _Watch(process, command, report, before, ticks)
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

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        command: Command,
        report: IO[bytes],
        before: Held,
        ticks: Ticks,
    ) -> None:
        self._ticks = ticks
        self._command, self._before = command, before
        self._tails = {"stdout": b"", "stderr": b"", "report": b""}
        self._flood = 0
        self._started = self._stepped = self._looked = self._ticks()
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
                if self._ticks() - self._stepped >= STEP_EVERY_S:
                    self._stepped = self._ticks()
                    step()
        finally:
            self._duration = self._ticks() - self._started
            self._selector.close()

    def exit(self) -> Exit:
        """How it ended."""
        report, stderr = self._said(), _text(self._tails["stderr"])
        verdict = self._verdict
        if verdict is None or (verdict is Ended.TIMED_OUT and report.over):  # it ended in the very moment
            verdict = ended_by(report, stderr)
        if verdict is Ended.EXITED and self._too_much():
            verdict = Ended.OUTPUT_EXCEEDED
        return Exit(
            ended=verdict,
            exit_code=report.exit_code,
            duration_s=round(self._duration, 3),
            stdout_tail=_text(self._tails["stdout"]),
            stderr_tail=stderr,
            isolation=report.isolation or [],
        )

    def _read(self, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, CHUNK_BYTES)
        if not data:
            self._selector.unregister(key.fileobj)
            return
        self._tails[key.data] = (self._tails[key.data] + data)[-MAX_LOG_TAIL_BYTES:]
        self._flood += len(data)

    def _broken_bound(self) -> Ended | None:
        if self._ticks() - self._started > self._command.timeout_s:
            return Ended.TIMED_OUT
        if self._flood > self._command.output_mib * MIB:
            return Ended.OUTPUT_EXCEEDED
        if self._ticks() - self._looked >= TICK_S:  # not at each piece of a flood: it takes its time
            self._looked = self._ticks()
            return Ended.OUTPUT_EXCEEDED if self._too_much() else None
        return None

    def _too_much(self) -> bool:
        """Whether it left more bytes or files in its folder than it may, or some that cannot be counted."""
        now = measure(self._command.folder)
        size, count = now.size - self._before.size, now.entries - self._before.entries
        return now.hidden or size > self._command.output_mib * MIB or count > MAX_FILES

    def _said(self) -> Report:
        said: dict[str, Any] = {}
        for line in self._tails["report"].splitlines():
            with suppress(ValueError):  # the last line of a supervisor that was ended in the middle of it
                said |= json.loads(line)
        return Report(**said)


@contextmanager
def _supervisor(command: Command, root: str) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """A supervisor with its order, and what it will report."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as report:
        try:
            process = _started(writing)
        finally:
            os.close(writing)
        with process:
            order = json.dumps(_order(command, root, process.pid)).encode()
            with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as stdin:
                stdin.write(order)  # one that is gone already says so by what it does not report
            yield process, report


def _started(report: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  to run what was handed over, confined, is what this is for
        [python(), "-I", "-S", "-B", "-c", SUPERVISE, str(report), str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(report,),
        env=libraries(),
        cwd="/",
        start_new_session=True,
    )


def _order(command: Command, root: str, supervisor: int) -> dict[str, Any]:
    machine, worker = platform.machine(), os.getpid()
    calls, among_others = program(machine), program(machine, keep_from=[supervisor, worker])
    return {
        "argv": command.argv,
        "environment": command.environment,
        "folder": str(command.folder),
        "working_folder": str(command.working_folder),
        "writable": [str(path) for path in command.writable],
        "namespaces": command.namespaces,
        "root": root,
        "visible": [*VISIBLE, sys.base_prefix],
        "calls": calls.hex() if calls else None,
        "calls_among_others": among_others.hex() if among_others else None,
        "limits": {
            "memory_bytes": command.memory_mib * MIB,
            "cpu_s": command.cpu_s,
            "file_bytes": command.output_mib * MIB + 1,  # one more than allowed, so that it shows
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


def _text(tail: bytes) -> str:
    return tail.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
