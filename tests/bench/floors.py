"""The floor under an ingest: read, hash and put the same files with 8 threads, and nothing more.

No plan, no record, no retry, no proof that anything arrived. With httpx, the client library of the
SDK, each put is the very request that an upload plan hands out: presigned, bound to its digest,
create-only. Its URL is made before the clock starts.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import httpx
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials

from chalicelib.storage.s3_signing import CREATE_ONLY, Operation, Signer, put_headers
from holdfast.client import DEFAULT_JOBS
from holdfast.ingest.media import UNKNOWN
from infra.local.clients import DUMMY_KEY, REGION, session
from infra.local.stack import StackEngine

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Work = TypeVar("Work")

URL_LIFETIME_S = 3600
TIMEOUT_S = 60


class SignedPut(NamedTuple):
    """One file and the presigned request that stores it."""

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
    """Puts with httpx, each URL once: as many rounds as were prepared."""

    def __init__(self, engine: StackEngine, files: Sequence[Path], *, rounds: int) -> None:
        signer = Signer(f"{engine.url}/{engine.bucket}/", REGION, _credentials)
        prefixes = [f"raw-httpx/{number}" for number in range(rounds)]
        self._rounds = iter([[_signed(signer, prefix, file) for file in files] for prefix in prefixes])

    def __call__(self) -> None:
        """Put all files."""
        limits = httpx.Limits(max_connections=DEFAULT_JOBS, max_keepalive_connections=DEFAULT_JOBS)
        with httpx.Client(limits=limits, timeout=TIMEOUT_S) as client:

            def send(put: SignedPut) -> None:
                body = put.file.read_bytes()
                hashlib.sha256(body).hexdigest()
                client.put(put.url, headers=put.headers, content=body).raise_for_status()

            _side_by_side(send, next(self._rounds))


def _side_by_side(send: Callable[[Work], None], work: Sequence[Work]) -> None:
    with ThreadPoolExecutor(DEFAULT_JOBS) as pool:
        for _ in pool.map(send, work):
            pass


def _signed(signer: Signer, prefix: str, file: Path) -> SignedPut:
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    headers = {**put_headers(size=len(body), sha256=digest, media_type=UNKNOWN), **CREATE_ONLY}
    url = signer.url(Operation("PUT", f"{prefix}/{digest}", headers), expires_s=URL_LIFETIME_S)
    return SignedPut(file, url, headers)


def _credentials() -> ReadOnlyCredentials:
    return ReadOnlyCredentials(DUMMY_KEY, DUMMY_KEY, None)


def _s3(engine: StackEngine) -> "S3Client":
    config = Config(s3={"addressing_style": "path"}, max_pool_connections=DEFAULT_JOBS)
    return session().client("s3", endpoint_url=engine.url, config=config)
