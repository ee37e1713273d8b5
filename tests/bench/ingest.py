"""Ingest through the SDK into the embedded stack, against raw PUTs of the same files to the same store."""

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import NamedTuple

from holdfast.api.uploads import MAX_PLAN_FILES
from holdfast.sdk import Client
from infra.local.stack import Stack
from tests.bench.contest import Turns, child_of, cpu_ratio, take_turns, wall_ratio, wall_s
from tests.bench.effort import Effort
from tests.bench.floors import RawBoto3, RawHttpx
from tests.bench.measurements import Measurement
from tests.bench.request_log import RequestLog
from tests.bench.scratch import directory, files_in, scratch

OURS, HTTPX, BOTO3 = "ingest", "raw PUTs with httpx", "raw PUTs with boto3"
WALL_BUDGET = 1.25
KIB = 1024


class Sample(NamedTuple):
    """So many files of `size_kib` KiB each."""

    files: int
    size_kib: int

    def __str__(self) -> str:
        return f"{self.files:,} × {self.size_kib} KiB"


def large(effort: Effort) -> list[Measurement]:
    """1,000 files of 256 KiB, which is where the wall time has a budget."""
    return _measure(Sample(1000, 256), effort.large_rounds, wall_budget=WALL_BUDGET)


def small(effort: Effort) -> list[Measurement]:
    """Many files of 4 KiB: what each file costs by itself."""
    return _measure(Sample(effort.small_files, 4), effort.small_rounds, wall_budget=None)


def _measure(sample: Sample, rounds: int, *, wall_budget: float | None) -> list[Measurement]:
    with scratch() as folder, Stack(folder / "home") as stack:
        source = directory(folder, files=sample.files, size=sample.size_kib * KIB)
        files = files_in(source)
        _ingest(stack, directory(folder, files=1, size=KIB))()  # the store is probed once, on first need
        contenders: dict[str, Callable[[], None]] = {
            BOTO3: RawBoto3(stack.engine, files),
            HTTPX: RawHttpx(stack, files, rounds=rounds),
            OURS: _ingest(stack, source),
        }
        log = RequestLog(stack.log)
        turns = take_turns(contenders, rounds, processes=[stack.pid, child_of(stack.pid)])
        return [*_times(sample, turns, wall_budget), *_requests(sample, log, rounds)]


def _times(sample: Sample, turns: Turns, wall_budget: float | None) -> list[Measurement]:
    what = f"ingest of {sample}"
    return [
        Measurement(f"{what}, wall time / {HTTPX}", wall_ratio(turns, OURS, HTTPX), "×", wall_budget),
        Measurement(f"{what}, wall time / {BOTO3}", wall_ratio(turns, OURS, BOTO3), "×"),
        Measurement(f"{what}, processor time of all parts / {HTTPX}", cpu_ratio(turns, OURS, HTTPX), "×"),
        *(Measurement(f"{sample}: {name}, wall time", wall_s(turns, name), "s") for name in turns),
    ]


def _requests(sample: Sample, log: RequestLog, ingests: int) -> list[Measurement]:
    counted, budget = log.counted(), 2 + ceil(sample.files / MAX_PLAN_FILES)
    asking, waiting = counted["asking"] / ingests, counted["waiting"] / ingests
    return [
        Measurement(f"API requests to ingest {sample.files:,} files", asking, "requests", budget),
        Measurement(f"... and to wait until {sample.files:,} are finalized", waiting, "requests"),
    ]


def _ingest(stack: Stack, source: Path) -> Callable[[], None]:
    def run() -> None:
        with Client(stack.url, stack.token) as client:
            client.packages.ingest(source, kind="benchmark", producer="bench")

    return run
