"""What one presigned PUT costs, against botocore's own."""

import hashlib
import time
from collections.abc import Callable
from statistics import median

from botocore.config import Config

from chalicelib.storage.service import storage
from infra.local.clients import session
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.bench.service import service

SIGNATURES = 200
TURNS = 5
DIGESTS = [hashlib.sha256(number.to_bytes(4)).hexdigest() for number in range(SIGNATURES)]


def run(effort: Effort) -> list[Measurement]:  # noqa: ARG001  takes no time worth sparing
    """Both sign the same keys, in turns."""
    with service() as served:
        local = session().client("s3", config=Config(signature_version="s3v4"))

        def theirs(digest: str) -> None:
            params = {"Bucket": served.bucket, "Key": f"bench/{digest}", "ContentType": "text/plain"}
            local.generate_presigned_url("put_object", Params=params)

        def ours(digest: str) -> None:
            storage().presign_put(f"bench/{digest}", size=7, sha256=digest, media_type="text/plain")

        turns = [(_each_us(ours), _each_us(theirs)) for _ in range(TURNS)]
    ours_us, theirs_us = (median(column) for column in zip(*turns, strict=True))
    return [
        Measurement("one presigned PUT", ours_us, "µs"),
        Measurement("one presigned PUT / botocore's", ours_us / theirs_us, "×"),
    ]


def _each_us(sign: Callable[[str], None]) -> float:
    began = time.perf_counter()
    for digest in DIGESTS:
        sign(digest)
    return (time.perf_counter() - began) / SIGNATURES * 1_000_000
