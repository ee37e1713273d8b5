"""The Debian packages of the node: find those that are missing, and install them as root."""

import os
import shutil
import subprocess

PACKAGES_BY_PROGRAM = {
    "ceph": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
}


def ensure_installed() -> None:
    """Install the missing packages; without root or apt-get, `SystemExit` names the command to run."""
    missing = _missing()
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(f"Ceph is not installed. As root, on Debian or Ubuntu, run: {' '.join(command)}")
    print(f"installing {', '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        subprocess.run(step, check=True, env=environment, stdout=subprocess.DEVNULL)


def _missing() -> list[str]:
    absent = {package for program, package in PACKAGES_BY_PROGRAM.items() if shutil.which(program) is None}
    return sorted(absent)
