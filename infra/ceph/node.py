"""One Ceph node: a monitor, a store on a sparse file and the S3 gateway, each a child process.

The node listens on 127.0.0.1 only. It keeps everything in one folder, which its owner removes.
"""

import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from infra.ceph.certificates import Certificates, issue
from infra.local.engine import free_port

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0
COMMAND_TIMEOUT_S = 60.0
POLL_S = 0.2

CONFIGURATION = """\
[global]
fsid = {cluster}
keyring = {folder}/keyring
mon host = v2:{monitor}
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
mon data = {folder}/mon
osd data = {folder}/osd
rgw data = {folder}/rgw
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket =
mon allow pool size one = true
mon data avail crit = 1
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd memory target = 1073741824
bluestore block size = 4294967296
rgw frontends = {frontends}
"""

CAPABILITIES_BY_NAME = {
    "mon.": ("mon=allow *",),
    "client.admin": ("mon=allow *", "osd=allow *", "mgr=allow *"),
    "client.rgw.a": ("mon=allow rwx", "osd=allow rwx"),
    "osd.0": ("mon=allow profile osd", "osd=allow *"),
}


class Access(NamedTuple):
    """The gateway's address, its address with TLS, the authority to trust for TLS, and one user's keys."""

    url: str
    tls_url: str
    authority: Path
    access_key: str
    secret_key: str


class Node:
    """A node that runs for the length of its `with` block; `access` says how to reach it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.access = Access(
            url=f"http://127.0.0.1:{free_port()}",
            tls_url=f"https://127.0.0.1:{free_port()}",
            authority=folder / "authority.pem",
            access_key=secrets.token_hex(10),
            secret_key=secrets.token_hex(20),
        )
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Node":
        try:
            self._start()
        except BaseException:
            # `with` calls no __exit__ when __enter__ raises: nothing that was started may stay
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self) -> None:
        for name in ("mon", "osd", "rgw", "run", "log"):
            (self.folder / name).mkdir(parents=True)
        monitor = f"127.0.0.1:{free_port()}"
        cluster = str(uuid.uuid4())
        self._configure(cluster, monitor, issue(self.folder))
        self._make_keys()
        self._start_monitor(cluster, monitor)
        self._start_store()
        self._start_gateway()

    def _configure(self, cluster: str, monitor: str, certificates: Certificates) -> None:
        frontends = (
            f"beast endpoint={_address(self.access.url)} ssl_endpoint={_address(self.access.tls_url)}"
            f" ssl_certificate={certificates.server} ssl_private_key={certificates.server_key} tcp_nodelay=1"
        )
        text = CONFIGURATION.format(cluster=cluster, monitor=monitor, folder=self.folder, frontends=frontends)
        self._configuration.write_text(text)

    def _make_keys(self) -> None:
        self._run("ceph-authtool", "--create-keyring", str(self._keyring))
        for name, capabilities in CAPABILITIES_BY_NAME.items():
            permitted = [word for each in capabilities for word in ("--cap", *each.split("=", 1))]
            self._run("ceph-authtool", str(self._keyring), "--gen-key", "--name", name, *permitted)

    def _start_monitor(self, cluster: str, monitor: str) -> None:
        members = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", cluster, "--addv", "a", f"[v2:{monitor}]", members)
        self._run("ceph-mon", "--mkfs", "--id", "a", "--monmap", members, "--keyring", str(self._keyring))
        self._spawn("ceph-mon", "--foreground", "--id", "a")

    def _start_store(self) -> None:
        store = str(uuid.uuid4())
        self._run("ceph", "osd", "new", store)
        self._run("ceph-osd", "--mkfs", "--id", "0", "--osd-uuid", store)
        self._spawn("ceph-osd", "--foreground", "--id", "0")
        self._await("the store", self._store_is_up)

    def _start_gateway(self) -> None:
        keys = (f"--access-key={self.access.access_key}", f"--secret-key={self.access.secret_key}")
        self._run("radosgw-admin", "user", "create", "--uid=holdfast", "--display-name=Holdfast", *keys)
        self._spawn("radosgw", "--foreground", "--name", "client.rgw.a")
        self._await("the gateway", lambda: _answers(self.access.url))

    def _store_is_up(self) -> bool:
        return '"num_up_osds":1' in self._run("ceph", "osd", "stat", "--format=json")

    def _stop(self) -> None:
        while self._children:
            child = self._children.pop()
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    @property
    def _configuration(self) -> Path:
        return self.folder / "ceph.conf"

    @property
    def _keyring(self) -> Path:
        return self.folder / "keyring"

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CEPH_CONF": str(self._configuration)}

    def _run(self, *command: str) -> str:
        finished = subprocess.run(
            command,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        if finished.returncode:
            raise RuntimeError(f"{' '.join(command[:2])} failed:\n{finished.stderr[-2000:]}")
        return finished.stdout

    def _spawn(self, *command: str) -> None:
        with (self.folder / "log" / f"{command[0]}.out").open("ab") as out:
            child = subprocess.Popen(
                command,
                env=self._environment(),
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C reaches only us, so that we can stop the child in order
            )
        self._children.append(child)

    def _await(self, what: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_ready():
            ended = [child for child in self._children if child.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not start:\n{self._last_words()}")
            time.sleep(POLL_S)

    def _last_words(self) -> str:
        logs = sorted((self.folder / "log").iterdir())
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


def _address(url: str) -> str:
    return url.partition("//")[2]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  loopback
            return True
    except (urllib.error.URLError, OSError):
        return False
