"""The protocol of runtimes: one function, whichever runtime the release names.

What runs the code of a release: one small protocol, two runtimes (docs/concepts/hooks.md).

A *job* names the release, the files and a folder of its own; an *attempt* says how it ended. What
the code left is in the job's `output` folder, whichever runtime it was. The `bundle` runtime
unpacks a zip and runs it as a subprocess that is confined: no credentials, no network where the
platform allows that, bounded memory, processor, time, files and output. The `lambda` runtime
invokes a published version. Code is never run whose digest is not the release's, and hostile code
is the normal case: what it does to the bounds is reported, not believed.
"""

from collections.abc import Callable

from chalicelib.hooks.models.execution import Attempt, Job
from holdfast.api.releases import Runtime


def run(job: Job, *, step: Callable[[], None]) -> Attempt:
    """Run the job once; never raises for what its code is or does.

    `step` is called about every second; what it raises ends the code and passes on. Raises
    `Unavailable` when storage does not answer.
    """
    if job.release.runtime is Runtime.LAMBDA:
        from chalicelib.hooks.service import lambda_runtime

        return lambda_runtime.run(job, step=step)
    from chalicelib.hooks.service import bundle_runtime

    return bundle_runtime.run(job, step=step)
