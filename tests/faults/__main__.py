"""`python -m tests.faults [--seed N]`: the simulations at their full sizes, on every core.

Prints a table and the seeds; `--seed` with a printed one repeats everything exactly. Writes
`build/faults.json`. Exit code 1 when a run was lost, done twice, ended falsely or left stuck.
"""

import argparse
import json
import os
import secrets
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.conftest import KEYS
from tests.faults.conftest import SETTINGS
from tests.support.faults.clocks import RUNS_A_WORLD, Skewed
from tests.support.faults.deliveries import Delivered
from tests.support.faults.starvation import Starved
from tests.support.faults.worlds import delivered_world, skewed_world, starved_world

DELIVERIES = 100_000
SKEWED_RUNS = 10_000
DELIVERIES_A_WORLD = 270  # at least: 250 first ones, and what comes twice or again
RESULT = Path(__file__).parents[2] / "build" / "faults.json"
SEEDS = 2**32


class Totals(NamedTuple):
    """What all worlds came to."""

    delivered: list[Delivered]
    skewed: list[Skewed]
    starved: Starved
    seeds: list[int]

    @property
    def worlds(self) -> list[Delivered | Skewed]:
        """Every world of runs that lived through something."""
        return [*self.delivered, *self.skewed]

    @property
    def report(self) -> dict[str, int | list[int]]:
        """What `build/faults.json` says (docs/concepts/operations.md)."""
        return {
            "deliveries": sum(world.deliveries for world in self.delivered),
            "duplicate_effects": sum(world.duplicate_effects for world in self.delivered),
            "lost_runs": sum(world.lost_runs for world in self.worlds),
            "simulated_runs": sum(world.runs for world in self.skewed),
            "false_force_fails": sum(world.false_force_fails for world in self.skewed),
            "stuck_after_two_sweeps": sum(world.stuck_after_two_sweeps for world in self.skewed),
            "seeds": self.seeds,
        }

    @property
    def broken(self) -> list[str]:
        """Every truth that did not hold, of any run of any world."""
        found = [truth for world in self.worlds for truth in world.broken]
        starved = [change.operation_id for change in self.starved.sweep.changes] != [self.starved.stuck]
        return found + ["one sweep did not find the stuck run among the healthy"] * starved


def main() -> int:
    """Run everything; 1 when something that must not happen has happened."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(SEEDS), help="repeat a run exactly")
    totals = simulate(parser.parse_args().seed)
    show(totals)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(totals.report, indent=2) + "\n")
    never = ("duplicate_effects", "lost_runs", "false_force_fails", "stuck_after_two_sweeps")
    return 1 if totals.broken or any(totals.report[name] for name in never) else 0


def simulate(seed: int) -> Totals:
    """Every world of every simulation; the seed of each follows from `seed` and its place."""
    os.environ |= KEYS | SETTINGS
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        delivered = pool.map(delivered_world, range(seed, seed + DELIVERIES // DELIVERIES_A_WORLD + 1))
        skewed = pool.map(skewed_world, range(seed, seed + SKEWED_RUNS // RUNS_A_WORLD))
        starved = pool.submit(starved_world)
        return Totals(list(delivered), list(skewed), starved.result(), [seed])


def show(totals: Totals) -> None:
    """Print the table, the seeds, and every truth that did not hold."""
    table = Table("what", "count", title=f"faults, --seed {totals.seeds[0]}", title_justify="left")
    for name, value in _rows(totals):
        table.add_row(name, f"{value:,}")
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    for truth in totals.broken:
        console.print(f"BROKEN {truth}", markup=False)


def _rows(totals: Totals) -> list[tuple[str, int]]:
    report = totals.report
    return [
        *((name.replace("_", " "), value) for name, value in report.items() if isinstance(value, int)),
        ("delivered twice", sum(world.duplicates for world in totals.delivered)),
        ("delivered out of order", sum(world.reordered for world in totals.delivered)),
        ("workers that stood still", sum(world.pauses for world in totals.skewed)),
        ("workers that were killed", sum(world.crashes for world in totals.skewed)),
        ("runs that another worker took over", sum(world.taken_over for world in totals.skewed)),
        ("healthy runs around a stuck one", totals.starved.healthy),
        ("items read to find it", totals.starved.rows_read),
        ("requests to find and end it", totals.starved.requests),
        ("broken truths", len(totals.broken)),
    ]


if __name__ == "__main__":
    sys.exit(main())
