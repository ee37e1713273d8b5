"""The protocol of runtimes: one function, whichever runtime the release names."""

from collections.abc import Callable

from chalicelib.hooks.releases.models import Runtime
from chalicelib.hooks.runtimes.models import Attempt, Job


def run(job: Job, *, step: Callable[[], None]) -> Attempt:
    """Run the job once; never raises for what its code is or does.

    `step` is called about every second; what it raises ends the code and passes on. Raises
    `Unavailable` when storage does not answer.
    """
    if job.release.runtime is Runtime.LAMBDA:
        from chalicelib.hooks.runtimes.functions import service as functions

        return functions.run(job, step=step)
    from chalicelib.hooks.runtimes.bundle import service as bundle

    return bundle.run(job, step=step)
