"""Runs a few lines of hostile Python as a confined process, with small limits."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.sandbox import sandbox
from chalicelib.sandbox.command import Command, Exit

SYSTEM_PYTHON = Path("/usr/bin/python3")
REACHABLE = stat.S_IXOTH

Confined = Callable[..., Exit]


def confine(folder: Path, source: str, *, step: Callable[[], None] = lambda: None, **overrides: Any) -> Exit:
    """How `source` ended, run in `folder`, a new one."""
    for name in ("bundle", "input", "output", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "bundle" / "main.py").write_text(source)
    (folder / "input" / "given.txt").write_text("given")
    values: dict[str, Any] = {
        "argv": [interpreter(namespaces=overrides.get("namespaces", True)), "main.py"],
        "folder": folder,
        "working_folder": folder / "bundle",
        "environment": {"HOME": str(folder / "tmp"), **sandbox.libraries()},
        "memory_mib": 96,
        "cpu_s": 2,
        "timeout_s": 20.0,
        "output_mib": 4,
        "writable": [folder / "output", folder / "tmp"],
    }
    return sandbox.run(Command(**values | overrides), step=step, ticks=clock.ticks)


def interpreter(*, namespaces: bool) -> str:
    """The service's interpreter, or the system's where another user than ours could not reach ours."""
    own = Path(sandbox.python())
    if namespaces or os.geteuid() != 0 or all(path.stat().st_mode & REACHABLE for path in own.parents):
        return str(own)
    if not SYSTEM_PYTHON.exists():
        pytest.skip(f"{own} cannot be reached by another user, and there is no {SYSTEM_PYTHON}")
    return str(SYSTEM_PYTHON)
