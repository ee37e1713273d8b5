"""Run a release of the `lambda` runtime: an AWS Lambda function, pinned to a published version.

Before each invocation, the CodeSha256 of the version is compared with the digest of the release. The event
holds the manifest, a presigned URL for each file to read, and two presigned URLs to upload `rows.ndjson` and
`result.json`. The function holds no credential of ours. Its output is fetched into the job's folder, so that
it is read like the output of a bundle.
"""

import base64
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING

from chalicelib.core import aws, clock, ids
from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from chalicelib.hooks.models.execution import Attempt, InputFile, Job, output_folder
from chalicelib.hooks.models.invocation import MEDIA_TYPES, Drop, Fetch, Invocation
from chalicelib.sandbox.command import MAX_LOG_TAIL_BYTES, Ended
from chalicelib.storage.service import storage
from holdfast.api.codes import UNAVAILABLE

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef

MIB = 1024 * 1024
MAX_EVENT_BYTES = 6 * MIB  # Lambda's limit for a synchronous invocation
STEP_EVERY_S = 1.0
ISOLATION = ["function"]
# Lambda refuses with these before the function runs, so another invocation is not a second run
NOT_NOW = {
    "TooManyRequestsException",
    "ThrottlingException",
    "EC2ThrottledException",
    "ResourceConflictException",
}
OUT_OF_MEMORY = ("Runtime.OutOfMemory", "signal: killed", "MemoryError")

Step = Callable[[], None]


def run(job: Job, *, step: Step) -> Attempt:
    """Invoke the pinned version, fetch its output, and return how the attempt ended.

    Nothing that the function does raises an error here. Raises `Unavailable` when storage does not
    answer or Lambda takes no invocation now, and any error of `step`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    started = clock.ticks()
    try:
        deployed = _deployed_digest(job)
        if deployed != job.release.digest:
            reason = f"The CodeSha256 of the function is {deployed}; {job.release.digest} was released."
            return _attempt(Ended.DIGEST_MISMATCH, started, reason)
        return _invoke(job, started, step)
    except (BotoCoreError, ClientError) as error:
        if _code(error) in NOT_NOW:
            raise Unavailable(UNAVAILABLE, "Lambda takes no invocation now; try again shortly.") from error
        return _attempt(
            Ended.FAILED_TO_START, started, f"The function cannot be invoked: {str(error)[:300]}."
        )


def _code(error: Exception) -> str:
    answer: dict[str, dict[str, str]] = getattr(error, "response", {})
    return answer.get("Error", {}).get("Code", "")


def _deployed_digest(job: Job) -> str:
    found = aws.lambdas().get_function_configuration(FunctionName=_function(job))
    return found["CodeSha256"]


def _invoke(job: Job, started: float, step: Step) -> Attempt:
    drops = {name: f"{_prefix(job)}{name}" for name in MEDIA_TYPES}
    event = _event(job, drops)
    if len(event) > MAX_EVENT_BYTES:
        reason = (
            f"Its event is {len(event)} bytes; narrow `inputs`: at most {MAX_EVENT_BYTES} (MAX_EVENT_BYTES)."
        )
        return _attempt(Ended.FAILED_TO_START, started, reason)
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        waiting = pool.submit(
            aws.lambdas().invoke, FunctionName=_function(job), Payload=event, LogType="Tail"
        )
        answer = _await_answer(waiting, job, started, step)
    finally:
        pool.shutdown(wait=False)  # a function that does not answer ends by its own timeout, not by ours
    if answer is None:
        return _attempt(Ended.TIMED_OUT, started, f"It did not answer within {job.timeout_s:g} s.")
    return _to_attempt(answer, job, drops, started)


def _await_answer(
    waiting: "Future[InvocationResponseTypeDef]", job: Job, started: float, step: Step
) -> "InvocationResponseTypeDef | None":
    while clock.ticks() - started < job.timeout_s:
        try:
            return waiting.result(timeout=STEP_EVERY_S)
        except NotYet:
            step()
    return None


def _to_attempt(
    answer: "InvocationResponseTypeDef", job: Job, drops: dict[str, str], started: float
) -> Attempt:
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")[-MAX_LOG_TAIL_BYTES:]
    if answer.get("FunctionError"):
        message = answer["Payload"].read(MAX_LOG_TAIL_BYTES).decode("utf-8", "replace")
        ended = Ended.OUT_OF_MEMORY if any(sign in message for sign in OUT_OF_MEMORY) else Ended.EXITED
        if "Task timed out" in message:
            ended = Ended.TIMED_OUT
        return _attempt(ended, started, f"The function failed: {message[:300]}", exit_code=1, log=log)
    limit = job.release.limits.output_mib * MIB
    if not all(_fetch_output(key, job, name, limit) for name, key in drops.items()):
        return _attempt(Ended.OUTPUT_EXCEEDED, started, f"It left more than {limit} bytes.", log=log)
    return _attempt(Ended.EXITED, started, "", exit_code=0, log=log)


def _fetch_output(key: str, job: Job, name: str, limit: int) -> bool:
    """Write an output into the job's folder, if the function left it; return False when it is too large."""
    found = storage().head(key)
    if found is None:
        return True
    if found.size > limit:
        return False
    folder = output_folder(job)
    folder.mkdir(exist_ok=True)
    with (folder / name).open("xb") as written:
        for chunk in storage().get(key):
            written.write(chunk)
    return True


def _event(job: Job, drops: dict[str, str]) -> bytes:
    release = job.release
    invocation = Invocation(
        run_id=job.run_id,
        hook=job.hook,
        version=release.version,
        digest=release.digest,
        config=job.config,
        limits=release.limits,
        manifest=json.loads(job.manifest),
        inputs=[_fetch(file) for file in job.inputs],
        outputs={name: _drop(key, MEDIA_TYPES[name]) for name, key in drops.items()},
    )
    return invocation.model_dump_json().encode()


def _fetch(file: InputFile) -> Fetch:
    name = file.path.rpartition("/")[2]
    signed = storage().presign_get(file.key, filename=name, media_type="application/octet-stream")
    return Fetch(path=file.path, url=signed.url, size=file.size, sha256=file.sha256)


def _drop(key: str, media_type: str) -> Drop:
    signed = storage().presign_drop(key, media_type=media_type)
    return Drop(url=signed.url, headers=signed.headers)


def _prefix(job: Job) -> str:
    # each attempt has a prefix of its own, so the output of an earlier attempt is never taken for this one's
    return f"{settings().namespace}/{job.workspace}/hook-runs/{job.run_id}/{ids.new('attempt')}/"


def _function(job: Job) -> str:
    return job.release.function_arn or ""


def _attempt(
    ended: Ended, started: float, reason: str, *, exit_code: int | None = None, log: str = ""
) -> Attempt:
    duration = round(clock.ticks() - started, 3)
    return Attempt(ended, exit_code, duration, log, "", reason, ISOLATION)
