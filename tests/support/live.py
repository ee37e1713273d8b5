"""The API served over HTTP in this process, as the embedded stack serves it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from app import app
from infra.local.functions import Functions
from infra.local.gateway import Gateway
from infra.local.server import LocalServer
from tests.conftest import forget, set_environment
from tests.support.api import ROOT, UPLOAD_LIMIT
from tests.support.factories import make_token
from tests.support.served import Deployed


class Service(NamedTuple):
    """Where the API is, and what lets its asker in."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def serving(
    deployed: Deployed, folder: Path, *, namespace: str, log_level: str = "INFO"
) -> Iterator[Service]:
    """The API on a loopback port, with its table in ministack and its bytes in `folder`."""
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        own = {
            "namespace": namespace,
            "log_level": log_level,
            "storage": "filesystem",
            "filesystem_root": str(folder),
            "public_url": f"{url}/api",
        }
        set_environment(patch, deployed.settings() | own)
        forget()
        server = LocalServer(bound, Gateway(app, Functions(app, ROOT), upload_limit=UPLOAD_LIMIT))
        server.start()
        yield Service(f"{url}/api", make_token())
        server.stop()
    forget()
