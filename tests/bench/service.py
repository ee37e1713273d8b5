"""The whole service in this process, on a ministack of its own, as one workspace sees it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import httpx
from botocore.config import Config

from infra.local import resources
from infra.local.clients import DUMMY_KEY, REGION, session
from infra.local.engine import Engine
from tests.bench.scratch import scratch
from tests.support.factories import SECRET
from tests.support.served import Deployed, Served, answered

WORKSPACE = "bench"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": DUMMY_KEY,
    "AWS_SECRET_ACCESS_KEY": DUMMY_KEY,
    "AWS_DEFAULT_REGION": REGION,
}


@contextmanager
def service() -> Iterator[Served]:
    """The service, warm: its clients are made and its store is probed. Settings are this process's own."""
    with (
        scratch() as folder,
        Engine(folder / "engine.log") as engine,
        httpx.Client() as http,
        Path(os.devnull).open("w") as unread,
        redirect_stdout(unread),  # the log is written as ever, to nobody
    ):
        deployed = _deployed(engine.url, http)
        chosen = {"jwt_secret": SECRET} | deployed.settings()
        os.environ |= CREDENTIALS | {f"HOLDFAST_{name.upper()}": value for name, value in chosen.items()}
        served = Served(WORKSPACE, deployed)
        served.finalized({"warm.txt": b"warm"})
        yield served


def created(served: Served, **headers: str) -> str:
    """A new package; its id."""
    body = {"producer": "bench", "kind": "benchmark", "name": "counted"}
    return str(answered(served.api.request("POST", "/packages", body=body, headers=headers), 201)["id"])


def contents(files: int) -> dict[str, bytes]:
    """So many small files, all different, by path."""
    return {f"run/case-{number:05}.txt": f"case {number}".encode() for number in range(files)}


def _deployed(engine_url: str, http: httpx.Client) -> Deployed:
    local, path_style = session(), Config(s3={"addressing_style": "path"})
    return Deployed(
        engine_url=engine_url,
        resources=resources.create(engine_url),
        s3=local.client("s3", endpoint_url=engine_url, config=path_style),
        sqs=local.client("sqs", endpoint_url=engine_url),
        http=http,
    )
