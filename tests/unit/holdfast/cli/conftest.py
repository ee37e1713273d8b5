"""The program, run in this process against a served fake."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from holdfast.cli.main import app
from tests.support.fakes.api import TOKEN, FakeApi
from tests.support.fakes.served import served

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs the program with these arguments; `input` is its stdin."""

    def run(*arguments: str, **extra: str) -> Result:
        return CliRunner().invoke(app, list(arguments), prog_name="holdfast", **extra)  # type: ignore[arg-type]  # input

    return run


@pytest.fixture
def service(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the served fake, to which the environment points."""
    with served(api) as url:
        monkeypatch.setenv("HOLDFAST_URL", url)
        monkeypatch.setenv("HOLDFAST_TOKEN", TOKEN)
        yield url
