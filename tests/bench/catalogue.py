"""Every benchmark by the name that `--only` takes, and how one is run."""

import os
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from tests.bench.effort import Effort
from tests.bench.measurements import Measurement

# Module and function, which takes an `Effort`; imported where it runs, so that none weighs on another.
BENCHMARKS = {
    "ingest-large": ("ingest", "large"),
    "ingest-small": ("ingest", "small"),
    "round-trips": ("round_trips", "run"),
    "memory": ("memory", "run"),
    "imports": ("imports", "run"),
    "views": ("views", "run"),
    "signing": ("signing", "run"),
    "releases": ("releases", "run"),
    "sweeps": ("sweeps", "run"),
}


def run(name: str, effort: Effort) -> list[Measurement]:
    """Run one benchmark in a process of its own, without this machine's settings of Holdfast or AWS."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_forget_settings) as pool:
        return pool.submit(_run, name, effort).result()


def _run(name: str, effort: Effort) -> list[Measurement]:
    module, function = BENCHMARKS[name]
    found: list[Measurement] = getattr(import_module(f"tests.bench.{module}"), function)(effort)
    return found


def _forget_settings() -> None:
    for name in [name for name in os.environ if name.startswith(("HOLDFAST_", "AWS_"))]:
        del os.environ[name]
