"""What a cold start pays before anything is asked of it: `import app`, against `import boto3`."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.effort import Effort
from tests.bench.measurements import Measurement

ROOT = Path(__file__).parents[2]
BUDGET = 2.0
PROGRAM = "import time; began = time.process_time(); import {module}; print(time.process_time() - began)"


def run(effort: Effort) -> list[Measurement]:
    """Fresh interpreters in turns; the median processor time of each, which a busy machine disturbs least."""
    seconds: dict[str, list[float]] = {"boto3": [], "app": []}
    for number in range(effort.imports + 1):
        for module, found in seconds.items():
            took = _import_s(module)
            if number:  # the first writes and reads the compiled files
                found.append(took)
    app, boto3 = median(seconds["app"]), median(seconds["boto3"])
    return [
        Measurement("import of app.py / import of boto3", app / boto3, "×", BUDGET),
        Measurement("import of app.py", app * 1000, "ms"),
        Measurement("import of boto3", boto3 * 1000, "ms"),
    ]


def _import_s(module: str) -> float:
    program = PROGRAM.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(done.stdout)
