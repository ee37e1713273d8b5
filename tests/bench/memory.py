"""How large the client gets, and how often it reads what it sends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from infra.local.stack import Stack
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.bench.scratch import big_files, directory, scratch

ROOT = Path(__file__).parents[2]
MB = 1_000_000
BUDGET_MB = 200
BIG_FILES = 2  # so that even the smaller ones are sent in parts
SMALL_FILES, SMALL_BYTES = 1000, 256 * 1024


class Taken(NamedTuple):
    """What one ingest took: the client's peak in MB, and bytes read for each byte of the files."""

    peak_mb: float
    reads: float


def run(effort: Effort) -> list[Measurement]:
    """Two big files, two far bigger ones, and many small files, which fill the buffer."""
    little_mb, much_mb = effort.memory_mb
    with scratch() as folder, Stack(folder / "home") as stack:
        small = directory(folder, files=SMALL_FILES, size=SMALL_BYTES)
        little = _ingested(stack, big_files(folder, files=BIG_FILES, size=little_mb * MB // BIG_FILES))
        much = _ingested(stack, big_files(folder, files=BIG_FILES, size=much_mb * MB // BIG_FILES))
        buffered = _ingested(stack, small)
    return [
        Measurement(f"client memory, ingest of {much_mb:,} MB in big files", much.peak_mb, "MB", BUDGET_MB),
        Measurement(f"... / ingest of {little_mb:,} MB", much.peak_mb / little.peak_mb, "×"),
        Measurement("client memory, ingest of 1,000 × 256 KiB", buffered.peak_mb, "MB", BUDGET_MB),
        Measurement("bytes read for each byte ingested, big files", much.reads, "×"),
        Measurement("bytes read for each byte ingested, 1,000 × 256 KiB", buffered.reads, "×"),
    ]


def _ingested(stack: Stack, source: Path) -> Taken:
    environment = {**os.environ, "HOLDFAST_URL": stack.url, "HOLDFAST_TOKEN": stack.token}
    command = [sys.executable, "-m", "tests.bench.ingest_child", str(source)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    return Taken(found["peak_kib"] * 1024 / MB, found["read_bytes"] / size)
