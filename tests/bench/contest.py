"""Contenders take turns in the same run, so that what slows this machine down slows all of them down."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

CLOCK_TICKS_PER_S = 100  # of /proc/*/stat, on every Linux that there is


class Spent(NamedTuple):
    """What one turn cost: seconds on the wall, and of processor time in all processes together."""

    wall_s: float
    cpu_s: float


Turns = dict[str, list[Spent]]


def take_turns(
    contenders: Mapping[str, Callable[[], None]], rounds: int, *, processes: Sequence[int] = ()
) -> Turns:
    """Run each contender once a round, each round starting with another one.

    Processor time is that of this process and of the running `processes`.
    """
    names = list(contenders)
    turns: Turns = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            turns[name].append(_spent(contenders[name], processes))
    return turns


def wall_ratio(turns: Turns, ours: str, floor: str) -> float:
    """How many times as long `ours` takes as `floor`, by the median turn of each."""
    return wall_s(turns, ours) / wall_s(turns, floor)


def cpu_ratio(turns: Turns, ours: str, floor: str) -> float:
    """How many times the processor time `ours` takes, by the median turn of each."""
    return median(spent.cpu_s for spent in turns[ours]) / median(spent.cpu_s for spent in turns[floor])


def wall_s(turns: Turns, name: str) -> float:
    """The median seconds of one contender."""
    return median(spent.wall_s for spent in turns[name])


def child_of(process: int) -> int:
    """The one process that `process` started."""
    return int(Path(f"/proc/{process}/task/{process}/children").read_text())


def _spent(run: Callable[[], None], processes: Sequence[int]) -> Spent:
    wall, cpu = time.perf_counter(), _cpu_s(processes)
    run()
    return Spent(time.perf_counter() - wall, _cpu_s(processes) - cpu)


def _cpu_s(processes: Sequence[int]) -> float:
    return time.process_time() + sum(_cpu_s_of(process) for process in processes)


def _cpu_s_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S
