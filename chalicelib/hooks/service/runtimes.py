"""Run a job with the runtime that its release names (docs/concepts/hooks.md).

A *job* names the release, the files and a folder of its own. An *attempt* says how the job ended. Each
runtime leaves the output in the `output` folder of the job. The `bundle` runtime unzips code and runs it in
the sandbox, without credentials and with limits of memory, processor, time, files and output. The `lambda`
runtime invokes a published version of a function. No runtime runs code whose digest is not that of the
release.
"""

from collections.abc import Callable

from chalicelib.hooks.models.execution import Attempt, Job
from holdfast.api.releases import Runtime


def run(job: Job, *, step: Callable[[], None]) -> Attempt:
    """Run the job once and return how it ended.

    Nothing that the code does raises an error here. `step` is called about every second; an error that
    it raises ends the code and passes on. Raises `Unavailable` when storage does not answer.
    """
    if job.release.runtime is Runtime.LAMBDA:
        from chalicelib.hooks.service import lambda_runtime

        return lambda_runtime.run(job, step=step)
    from chalicelib.hooks.service import bundle_runtime

    return bundle_runtime.run(job, step=step)
