"""Start a Ceph node, run a command beside it, and stop the node in every case."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from infra.ceph.node import Access, Node
from infra.ceph.packages import ensure_installed


def main(command: list[str]) -> int:
    """Start the node, run `command`, stop the node, and return the command's exit status."""
    if not command:
        raise SystemExit("usage: python -m infra.ceph COMMAND [ARGUMENT…]")
    signal.signal(signal.SIGTERM, _leave)
    ensure_installed()
    with tempfile.TemporaryDirectory(prefix="holdfast-ceph-") as folder, Node(Path(folder)) as node:
        print(f"Ceph answers at {node.access.url} and {node.access.tls_url}", flush=True)
        return subprocess.run(command, env=_environment(node.access), check=False).returncode


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # an exception leaves the `with` blocks in order; the signal's default would not
    raise SystemExit(128 + number)


def _environment(access: Access) -> dict[str, str]:
    return {
        **os.environ,
        "CEPH_URL": access.url,
        "CEPH_TLS_URL": access.tls_url,
        "CEPH_CA_BUNDLE": str(access.authority),
        "CEPH_ACCESS_KEY": access.access_key,
        "CEPH_SECRET_KEY": access.secret_key,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
