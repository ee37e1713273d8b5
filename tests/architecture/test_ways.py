"""How many files a reader crosses to follow a request: each file of the domain, and each other domain's door.

A *way* is what runs of the domain's own files, from its route or worker to its stores, and one file for
each other domain that is entered: its service is the door, and what lies behind it is that domain's own
way. What every request uses (core, http, dynamodb, validation, storage, the audit chain, the gate, the
contract) is no part of it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.support.hooks import rig
from tests.support.served import Served
from tests.support.sources import ROOT

MOST = 15
FOUNDATIONS = {"audit", "auth", "core", "dynamodb", "http", "storage", "validation", "wiring.py"}
SERVICE = str(ROOT / "chalicelib") + "/"


@contextmanager
def entered() -> Iterator[set[str]]:
    """The files of the service in which something is called inside the block, below chalicelib."""
    found: set[str] = set()

    def note_call(frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(SERVICE) and frame.f_code.co_name != "<module>":
            found.add(name.removeprefix(SERVICE))

    sys.setprofile(note_call)
    try:
        yield found
    finally:
        sys.setprofile(None)


def way(domain: str, act: Callable[[], object]) -> set[str]:
    """The files of `domain` that `act` enters, and the other domains that it comes to."""
    with entered() as files:
        act()
    own = {name for name in files if name.startswith(f"{domain}/")}
    doors = {name.partition("/")[0] for name in files - own} - FOUNDATIONS
    return own | doors


def test_finalize_crosses_few_files(served: Served) -> None:
    rig.convention(served)
    package_id = served.create(convention="junit-run")
    served.upload(package_id, {"reports/a.xml": b"<a/>"})
    crossed = way("packages", lambda: served.finalize(package_id))
    assert {"packages/routes.py", "packages/service/finalize.py", "hooks"} <= crossed
    assert len(crossed) <= MOST, sorted(crossed)


def test_the_worker_of_hooks_crosses_few_files(served: Served) -> None:
    rig.convention(served)
    rig.finalized(served)
    crossed = way("hooks", lambda: rig.work_all(served))
    assert {"hooks/service/executions.py", "operations"} <= crossed
    assert len(crossed) <= MOST, sorted(crossed)
