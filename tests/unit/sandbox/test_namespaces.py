"""What a confined process can reach: what it was given, and nothing of the service's."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sandbox.confinement import Confined

SECRET = "a secret of the service's own"
TRY = """
import ctypes, os, signal, socket, threading
def tried(what, do):
    try:
        print(what, "=", do())
    except (OSError, PermissionError) as error:
        print(what, "refused", type(error).__name__)
"""


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch, place: Path) -> Iterator[Path]:
    """A secret where services have theirs: in the environment, in memory, and in a file of their home."""
    monkeypatch.setenv("HOLDFAST_JWT_SECRET", SECRET)
    file = place / "home" / "secrets.json"
    file.parent.mkdir(mode=0o700)
    file.write_text(SECRET)
    file.chmod(0o600)
    yield file
    assert file.read_text() == SECRET


def lines(confined: Confined, source: str, **overrides: object) -> list[str]:
    """What the attempts in `source` came to."""
    found = confined(TRY + source, **overrides)
    assert found.stderr_tail == ""
    return found.stdout_tail.splitlines()


@pytest.mark.usefixtures("secret")
def test_there_is_nothing_in_its_environment_but_what_it_was_given(confined: Confined) -> None:
    found = lines(confined, "print(sorted(os.environ))")
    assert found == ["['HOME', 'LC_CTYPE', 'LD_LIBRARY_PATH']"]


def test_no_process_above_it_shows_its_environment_or_memory(confined: Confined, secret: Path) -> None:
    assert secret.exists()
    found = lines(
        confined,
        """
above, process = [], os.getppid()
while process > 0:
    above.append(process)
    try: process = int(open(f"/proc/{process}/stat").read().rpartition(")")[2].split()[1])
    except OSError: break
for process in above:
    for name in ("environ", "mem", "maps", "fd/0", "root/etc/passwd", "cwd"):
        tried(name, lambda: open(f"/proc/{process}/{name}", "rb").read(1))
""",
    )
    assert found
    assert [line for line in found if "refused" not in line] == []


def test_files_of_the_service_are_not_read(confined: Confined, secret: Path) -> None:
    assert lines(confined, f"tried('secret', lambda: open({str(secret)!r}).read())")[0].startswith(
        "secret refused"
    )


def test_with_namespaces_there_are_no_other_files_and_no_other_processes(
    with_namespaces: Confined, secret: Path
) -> None:
    folder = secret.parents[1]
    found = lines(
        with_namespaces,
        f"""
print(os.path.exists({str(secret.parent)!r}), os.listdir({str(folder)!r}), os.path.exists("/etc/passwd"))
print(max(int(name) for name in os.listdir("/proc") if name.isdigit()) < 10)
""",
    )
    assert found == ["False ['job'] False", "True"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_there_is_no_network_not_even_to_this_machine(confined: Confined, address: str) -> None:
    family = "AF_INET6" if ":" in address else "AF_INET"
    with socket.create_server((address, 0), family=getattr(socket, family)) as server:
        port = server.getsockname()[1]
        source = f"tried('net', lambda: socket.socket(socket.{family}).connect(({address!r}, {port})))"
        assert lines(confined, source) == ["net refused PermissionError"]


def test_it_cannot_end_or_hold_those_above_it(confined: Confined) -> None:
    found = lines(
        confined,
        """
import resource
process = os.getppid()
tried("prlimit", lambda: resource.prlimit(process, resource.RLIMIT_CPU, (1, 1)))
for number in (signal.SIGSTOP, signal.SIGKILL):
    for target in (process, -1):
        try: os.kill(target, number)
        except OSError: pass
print("still here")
""",
    )
    assert found == ["prlimit refused PermissionError", "still here"]


def test_kernel_settings_are_not_its_own(confined: Confined) -> None:
    settings = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"]
    found = lines(confined, f"for name in {settings}: tried(name, lambda: os.open(name, os.O_WRONLY))")
    assert len(found) == 3
    assert [line for line in found if "refused" not in line] == []


def test_what_it_was_given_is_not_changed(confined: Confined, place: Path) -> None:
    found = lines(
        confined,
        """
for name in ("main.py", "../input/given.txt", "../input/new", "../new", "new", "/usr/new"):
    tried(name, lambda: open(name, "a"))
tried("rename", lambda: os.rename("../output", "../elsewhere"))
tried("unlink", lambda: os.unlink("../input/given.txt"))
""",
    )
    assert [line for line in found if "refused" not in line] == []
    assert (place / "job/input/given.txt").read_text() == "given"


def test_it_may_write_where_it_was_told_and_start_others(confined: Confined, place: Path) -> None:
    lines(
        confined,
        """
import subprocess
for name in ("output", "tmp"): open(f"../{name}/made", "w").write("made")
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
print(subprocess.run(["/bin/sh", "-c", "echo heard"], capture_output=True, check=True).stdout)
""",
    )
    assert (place / "job/output/made").read_text() == "made"


def test_it_gets_no_new_namespaces_and_no_new_rights(confined: Confined) -> None:
    found = lines(
        confined,
        """
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000), libc.ptrace(16, os.getppid(), 0, 0), libc.prctl(4, 0), libc.prctl(1, 0))
print(libc.syscall(425, 1, 0), libc.mount(b"none", b"/", None, 4096, None))
for user in (0, 1): tried("setuid", lambda: os.setuid(user))
print("no new privileges:", libc.prctl(39, 0, 0, 0, 0))
""",
    )
    assert found[:2] == ["-1 -1 -1 -1", "-1 -1"]
    assert [line.rpartition(" ")[0] for line in found[2:4]] == ["setuid refused"] * 2
    assert found[4] == "no new privileges: 1"


def test_with_namespaces_every_part_of_the_isolation_is_reported(
    with_namespaces: Confined, place: Path
) -> None:
    assert place.exists()
    expected = {"calls", "files", "network", "other-processes", "processes", "user"}
    assert set(with_namespaces("").isolation) == expected


def test_without_namespaces_fewer_parts_of_the_isolation_are_reported(without_namespaces: Confined) -> None:
    found = set(without_namespaces("").isolation)
    assert {"calls", "network"} <= found
    assert not {"processes", "other-processes"} & found
