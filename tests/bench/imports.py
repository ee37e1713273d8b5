"""What a cold start of each function pays before anything is asked of it, against `import boto3`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from chalicelib.wiring import BLUEPRINTS
from infra.groups import GROUPS
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement

ROOT = Path(__file__).parents[2]
BUDGET = 2.0
PROGRAM = "import time; began = time.process_time(); import {module}; print(time.process_time() - began)"


class Start(NamedTuple):
    """One way to start: the module that Lambda imports, and what `HOLDFAST_SERVES` says there."""

    module: str
    serves: str = ""


BOTO3 = Start("boto3")
STARTS = {
    **{f"api-{name}": Start("app", ",".join(domains)) for name, domains in GROUPS.items()},
    **{
        f"workers of {domain}": Start(path)
        for domain, paths in BLUEPRINTS.items()
        for path in paths
        if path.endswith(".workers")
    },
}


def run(effort: Effort) -> list[Measurement]:
    """Fresh interpreters in turns; the median processor time of each, which a busy machine disturbs least."""
    seconds: dict[Start, list[float]] = {start: [] for start in (BOTO3, *STARTS.values())}
    with tempfile.TemporaryDirectory() as compiled:
        for number in range(effort.imports + 1):
            for start, found in seconds.items():
                took = _import_s(start, compiled)
                if number:  # the first writes the compiled files
                    found.append(took)
    boto3 = median(seconds[BOTO3])
    ratios = [
        Measurement(f"import of {name} / import of boto3", median(seconds[start]) / boto3, "×", BUDGET)
        for name, start in STARTS.items()
    ]
    return [*ratios, Measurement("import of boto3", boto3 * 1000, "ms")]


def _import_s(start: Start, compiled: str) -> float:
    """Return the seconds that a fresh interpreter needs; it keeps its compiled files in `compiled`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else each run would compile what others have compiled
    environment |= {"PYTHONPYCACHEPREFIX": compiled, "HOLDFAST_SERVES": start.serves}
    program = PROGRAM.format(module=start.module)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)
