"""A fake service, a client of it, and a directory to upload."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.client.waiting import instantly
from holdfast.sdk import Client
from tests.support.fakes.api import TOKEN, URL, FakeApi

Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No test reads this machine's configuration, or a stack that runs here."""
    for name in ("URL", "TOKEN", "WORKSPACE", "HOME"):
        monkeypatch.delenv(f"HOLDFAST_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "no-stack"))
    return tmp_path / "config"


@pytest.fixture
def api() -> FakeApi:
    """The service."""
    return FakeApi()


@pytest.fixture
def client(api: FakeApi) -> Iterator[Client]:
    """A client of `api`."""
    with Client(URL, TOKEN, http=api.client()) as client:
        yield client


@pytest.fixture
def make_directory(tmp_path: Path) -> Callable[[Files], Path]:
    """Makes a directory with these files."""

    def make(files: Files) -> Path:
        root = tmp_path / "run"
        root.mkdir(exist_ok=True)
        for path, body in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        return root

    return make


@pytest.fixture(autouse=True)
def waits() -> Iterator[list[float]]:
    """The seconds that the client would have waited; no test waits them."""
    with instantly() as recorded:
        yield recorded
