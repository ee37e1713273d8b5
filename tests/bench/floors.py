"""The floor under an ingest: read, hash and put the same files with 8 threads, and nothing more.

No record, no retry, no proof that anything arrived. With httpx, the client library of the SDK, each
put is the very request that an upload plan hands out; the plans are made before the clock starts.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import httpx
from botocore.config import Config

from holdfast.api.uploads import MAX_PLAN_FILES, DeclaredFile, UploadInstruction
from holdfast.client.client import DEFAULT_JOBS
from holdfast.sdk import Client
from infra.local.clients import session
from infra.local.stack import Stack, StackEngine

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Work = TypeVar("Work")

TIMEOUT_S = 60


class Put(NamedTuple):
    """One file and the request that stores it."""

    file: Path
    url: str
    headers: dict[str, str]


class RawBoto3:
    """Puts with boto3 under a new prefix each time."""

    def __init__(self, engine: StackEngine, files: Sequence[Path]) -> None:
        self._client = _s3(engine)
        self._bucket = engine.bucket
        self._files = files
        self._rounds = count()

    def __call__(self) -> None:
        """Put all files."""
        prefix = f"raw-boto3/{next(self._rounds)}"

        def send(file: Path) -> None:
            body = file.read_bytes()
            key = f"{prefix}/{hashlib.sha256(body).hexdigest()}"
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body)

        _side_by_side(send, self._files)


class RawHttpx:
    """Puts with httpx into a planned package each time: as many rounds as were prepared."""

    def __init__(self, stack: Stack, files: Sequence[Path], *, rounds: int) -> None:
        declared = [_declared(file) for file in files]
        with Client(stack.url, stack.token) as client:
            self._rounds = iter([list(_planned(client, files, declared)) for _ in range(rounds)])

    def __call__(self) -> None:
        """Put all files."""
        limits = httpx.Limits(max_connections=DEFAULT_JOBS, max_keepalive_connections=DEFAULT_JOBS)
        with httpx.Client(limits=limits, timeout=TIMEOUT_S) as client:

            def send(put: Put) -> None:
                body = put.file.read_bytes()
                hashlib.sha256(body).hexdigest()
                answer = client.put(put.url, headers=put.headers, content=body)
                if not answer.is_success:
                    raise RuntimeError(f"the store answered {answer.status_code}: {answer.text}")

            _side_by_side(send, next(self._rounds))


def _side_by_side(send: Callable[[Work], None], work: Sequence[Work]) -> None:
    with ThreadPoolExecutor(DEFAULT_JOBS) as pool:
        for _ in pool.map(send, work):
            pass


def _declared(file: Path) -> DeclaredFile:
    body = file.read_bytes()
    return DeclaredFile(path=file.name, sha256=hashlib.sha256(body).hexdigest(), size=len(body))


def _planned(client: Client, files: Sequence[Path], declared: Sequence[DeclaredFile]) -> Iterator[Put]:
    package = client.packages.create(producer="bench", kind="raw", name="floor")
    for at in range(0, len(files), MAX_PLAN_FILES):
        plan = client.packages.plan(package.id, declared[at : at + MAX_PLAN_FILES])
        for file, item in zip(files[at : at + MAX_PLAN_FILES], plan.items, strict=True):
            yield _put(file, item)


def _put(file: Path, item: UploadInstruction) -> Put:
    if item.url is None:
        raise RuntimeError(f"{file.name} is stored already")
    return Put(file, item.url, item.headers)


def _s3(engine: StackEngine) -> "S3Client":
    config = Config(s3={"addressing_style": "path"}, max_pool_connections=DEFAULT_JOBS)
    return session().client("s3", endpoint_url=engine.url, config=config)
