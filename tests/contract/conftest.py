"""The API served over HTTP in this process, as the embedded stack serves it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app import app
from infra.local.functions import Functions
from infra.local.gateway import Gateway
from infra.local.server import LocalServer
from tests.conftest import forget, set_environment
from tests.factories import make_token
from tests.served import Deployed

ROOT = Path(__file__).parents[2]
UPLOAD_LIMIT = 64 * 1024 * 1024


class Service(NamedTuple):
    """Where the API is, and what lets its asker in."""

    url: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def service(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The API on a loopback port, with its table in ministack and its bytes in a folder."""
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        own = {
            "namespace": "contract",
            "storage": "filesystem",
            "filesystem_root": str(tmp_path_factory.mktemp("objects")),
            "public_url": f"{url}/api",
        }
        set_environment(patch, deployed.settings() | own)
        forget()
        server = LocalServer(bound, Gateway(app, Functions(app, ROOT), upload_limit=UPLOAD_LIMIT))
        server.start()
        yield Service(f"{url}/api", {"Authorization": f"Bearer {make_token()}"})
        server.stop()
    forget()
