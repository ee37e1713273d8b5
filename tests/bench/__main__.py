"""`python -m tests.bench`: measure what docs/development/architecture.md promises.

Everything is compared with a baseline in the same run. Prints a table and writes build/bench.json.
"""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.bench import catalogue
from tests.bench.effort import FULL, QUICK
from tests.bench.measurements import Measurement, keep, table

RESULTS = Path(__file__).parents[2] / "build" / "bench.json"


def main() -> int:
    """Run what the arguments name; 1 with `--strict` and a broken budget, else 0."""
    wanted = _arguments().parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    progress = Console(stderr=True)
    found: list[Measurement] = []
    for name in wanted.only or catalogue.BENCHMARKS:
        began = time.monotonic()
        found += catalogue.run(name, QUICK if wanted.quick else FULL)
        progress.print(f"{name}: {time.monotonic() - began:.0f} s")
    console.print(table(found))
    keep(found, RESULTS)
    return int(wanted.strict and any(one.over for one in found))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", choices=catalogue.BENCHMARKS)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, to see that everything works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a budget is broken")
    return parser


if __name__ == "__main__":
    sys.exit(main())
