"""Ingests a directory in a process of its own and prints what that took, as one line of JSON.

The service is the one that HOLDFAST_URL and HOLDFAST_TOKEN name.
"""

import json
import resource
import sys
from pathlib import Path

from holdfast.sdk import Client


def main(source: str) -> None:
    """Ingest `source`; `peak_kib` is the largest the process ever was, `read_bytes` what it read of files."""
    with Client() as client:
        client.packages.ingest(source, kind="benchmark", producer="bench")
    found = {
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "read_bytes": _read_bytes(),
    }
    sys.stdout.write(f"{json.dumps(found)}\n")


def _read_bytes() -> int:
    counted = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counted["rchar"])  # reads of files; what comes from sockets is not in it


if __name__ == "__main__":
    main(sys.argv[1])
