"""Run one command in the sandbox, watch it, and return how it ended."""

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
    classify_end,
)
from chalicelib.sandbox.scratch import FolderUsage, measure
from chalicelib.sandbox.seccomp import program

ROOT = Path(__file__).parents[2]
# started like this, and not by `-m`, the supervisor finds and reads no package except its own
SUPERVISE = (
    "import sys; sys.path.insert(0, sys.argv.pop()); from chalicelib.sandbox.supervisor import main; main()"
)
TICK_S = 0.25
STEP_EVERY_S = 1.0
GRACE_S = 5.0
CHUNK_BYTES = 64 * 1024
# programs and their libraries; where the platform allows it, the code sees nothing else of the file system
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
    """Return the path of the interpreter that runs hooks: ours, outside of any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def libraries() -> dict[str, str]:
    """Return the environment that lets the interpreter find its own shared library."""
    return {"LD_LIBRARY_PATH": f"{sys.base_prefix}/lib"}


def run(command: Command, *, step: Step, ticks: Ticks) -> Exit:
    """Run `command` until it ends or breaks a limit, and return how it ended.

    `step` is called about every second of `ticks`. An error that `step` raises ends the process and
    passes on to the caller. Nothing that the process does raises an error here.
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
    """Close our memory and environment to other processes of this user, for the length of the block."""
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
    """The state of one process while it runs: its streams, its clock, its folder."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        command: Command,
        report: IO[bytes],
        before: FolderUsage,
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
        """Read and watch until every stream has ended, or the process breaks a limit."""
        try:
            while self._selector.get_map() and self._verdict is None:
                for key, _ in self._selector.select(timeout=TICK_S):
                    self._read(key)
                self._verdict = self._broken_limit()
                if self._ticks() - self._stepped >= STEP_EVERY_S:
                    self._stepped = self._ticks()
                    step()
        finally:
            self._duration = self._ticks() - self._started
            self._selector.close()

    def exit(self) -> Exit:
        """Return how the process ended."""
        report, stderr = self._report(), _text(self._tails["stderr"])
        verdict = self._verdict
        if verdict is None or (verdict is Ended.TIMED_OUT and report.over):  # it ended just in time
            verdict = classify_end(report, stderr)
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

    def _broken_limit(self) -> Ended | None:
        if self._ticks() - self._started > self._command.timeout_s:
            return Ended.TIMED_OUT
        if self._flood > self._command.output_mib * MIB:
            return Ended.OUTPUT_EXCEEDED
        if self._ticks() - self._looked >= TICK_S:  # not after each read: counting a folder is slow
            self._looked = self._ticks()
            return Ended.OUTPUT_EXCEEDED if self._too_much() else None
        return None

    def _too_much(self) -> bool:
        """Return whether the folder has too many bytes or files, or some that cannot be counted."""
        now = measure(self._command.folder)
        size, count = now.size - self._before.size, now.entries - self._before.entries
        return now.hidden or size > self._command.output_mib * MIB or count > MAX_FILES

    def _report(self) -> Report:
        members: dict[str, Any] = {}
        for line in self._tails["report"].splitlines():
            with suppress(ValueError):  # a supervisor that was ended may leave half a line
                members |= json.loads(line)
        return Report(**members)


@contextmanager
def _supervisor(command: Command, root: str) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """Start a supervisor and send its order; yield its process and the stream of its report."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as report:
        try:
            process = _start(writing)
        finally:
            os.close(writing)
        with process:
            order = json.dumps(_order(command, root, process.pid)).encode()
            with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as stdin:
                stdin.write(order)  # a supervisor that is gone already shows that by an empty report
            yield process, report


def _start(report: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  the sandbox exists to run programs
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
    own_user, shared_user = program(machine), program(machine, keep_from=[supervisor, worker])
    return {
        "argv": command.argv,
        "environment": command.environment,
        "folder": str(command.folder),
        "working_folder": str(command.working_folder),
        "writable": [str(path) for path in command.writable],
        "namespaces": command.namespaces,
        "root": root,
        "visible": [*VISIBLE, sys.base_prefix],
        "seccomp": own_user.hex() if own_user else None,
        "seccomp_for_shared_user": shared_user.hex() if shared_user else None,
        "limits": {
            "memory_bytes": command.memory_mib * MIB,
            "cpu_s": command.cpu_s,
            "file_bytes": command.output_mib * MIB + 1,  # one byte more, so that breaking the limit shows
            "open_files": MAX_OPEN_FILES,
            "processes": MAX_PROCESSES,
        },
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the supervisor, which ends its process tree; kill it when it does not end in time."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(tail: bytes) -> str:
    return tail.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
