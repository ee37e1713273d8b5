"""What stands where a runtime is: code that leaves what a test says, and the worker that runs it."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from chalicelib.core.errors import Transient
from chalicelib.core.worker import Delivery
from chalicelib.hooks.models.execution import Attempt, Job, output_folder
from chalicelib.hooks.service.executions import Step, execute
from chalicelib.operations.service import claims
from chalicelib.sandbox.command import Ended
from holdfast.api.operations import OperationType
from tests.support.hooks.world import hook_entry, release_body
from tests.support.served import Served, answered

HOOKS = "hooks"
CONTRACT = [
    {"name": "suite", "type": "string", "required": True},
    {"name": "tests", "type": "integer", "required": False},
]
ROWS: list[dict[str, Any]] = [{"suite": "api", "tests": 3}, {"suite": "web"}]

Script = Callable[[Job, Step], Attempt]


def attempt(**overrides: Any) -> Attempt:
    """How an attempt ended that came to its end."""
    values: dict[str, Any] = {
        "ended": Ended.EXITED,
        "exit_code": 0,
        "duration_s": 0.5,
        "stdout_tail": "read 2 files\n",
        "stderr_tail": "",
        "reason": "",
        "isolation": ["no network"],
    }
    return Attempt(**values | overrides)


def leaves(
    rows: Iterable[Mapping[str, Any]] = ROWS, *, status: str = "passed", reason: str | None = None
) -> Script:
    """Code that leaves these rows and this verdict."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return leaves_text(lines, result={"status": status, "reason": reason})


def leaves_text(lines: str, *, result: Any = None) -> Script:
    """Code that leaves this text as its rows, and any result."""

    def script(job: Job, step: Step) -> Attempt:
        step()
        (output_folder(job) / "rows.ndjson").write_text(lines)
        (output_folder(job) / "result.json").write_text(json.dumps(result or {"status": "passed"}))
        return attempt()

    return script


def ends(**overrides: Any) -> Script:
    """Code that leaves nothing and ends so."""
    return lambda _job, _step: attempt(**overrides)


def starved(*, below: int, then: Script | None = None) -> Script:
    """Code that runs out of memory with less than so many MiB."""

    def script(job: Job, step: Step) -> Attempt:
        if job.memory_mib < below:
            return attempt(ended=Ended.OUT_OF_MEMORY, exit_code=137, reason="It needed more memory.")
        return (then or leaves())(job, step)

    return script


class Code:
    """A runtime that does what `script` says; `jobs` is what it was given."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or leaves()
        self.jobs: list[Job] = []

    def __call__(self, job: Job, *, step: Step) -> Attempt:
        """Run it."""
        self.jobs.append(job)
        return self.script(job, step)


def perform(*bodies: str, code: Code | None = None, remaining: float = 300.0) -> None:
    """Hand messages to the worker, one after another; what it wants again is left."""
    handler = partial(execute, run_code=code or Code())
    for body in bodies:
        with suppress(Transient):
            claims.perform(Delivery(body, lambda: remaining), {OperationType.HOOK_RUN: handler})


def work_all(served: Served, script: Script | None = None) -> Code:
    """Let the worker do all that is queued for this workspace; the code that ran."""
    code = Code(script)
    perform(*served.messages(HOOKS), code=code)
    return code


def convention(served: Served, *names: str, **overrides: Any) -> None:
    """A convention `junit-run` whose hooks have one release each."""
    hooks = [hook_entry(name, contract=CONTRACT, **overrides) for name in names or ("one",)]
    served.declare("junit-run", hooks=hooks)


def release(served: Served, hook: str = "one", **overrides: Any) -> dict[str, Any]:
    """Another release of a hook; live unless told."""
    made: dict[str, Any] = answered(
        served.api.post(f"/hooks/{hook}/releases", release_body(contract=CONTRACT, **overrides)), 201
    )
    return made


def bundled(served: Served, hook: str = "one", **overrides: Any) -> dict[str, Any]:
    """A release of the bundle runtime, whose bytes are there."""
    digest = served.bundle(hook, b"no zip, and nobody unpacks it here")
    own = {"runtime": "bundle", "digest": digest, "function_arn": None}
    return release(served, hook, **own | overrides)


def finalized(served: Served, **overrides: Any) -> str:
    """A finalized package of the convention; its id."""
    files = {"reports/a.xml": b"<a/>", "log.txt": b"done"}
    return str(served.finalized(files, convention="junit-run", **overrides)["id"])


def runs_of(served: Served, package_id: str) -> list[dict[str, Any]]:
    """The runs on a package, newest first."""
    return served.pages(f"/packages/{package_id}/hook-runs")


def run_of(served: Served, package_id: str) -> dict[str, Any]:
    """The newest run on a package, with its log."""
    run_id = runs_of(served, package_id)[0]["id"]
    shown: dict[str, Any] = answered(served.api.get(f"/hook-runs/{run_id}"))
    return shown


def rows_of(served: Served, run_id: str, **more: Any) -> list[dict[str, Any]]:
    """The rows of one run."""
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return served.pages(f"/features/suites?run_id={run_id}{extra}")
