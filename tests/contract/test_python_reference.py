"""docs/reference/python.md names every public call of the SDK as it is, and its examples run."""

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast import errors
from holdfast.sdk import Client
from holdfast.transfer.options import IngestOptions
from infra.documentation.markdown import ROOT
from tests.support.live import Service

PAGE = ROOT / "docs/reference/python.md"
WAITS = "pause"  # an argument of the program's own, to stop a wait
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def documented_calls() -> Iterator[str]:
    """Yield every public call of a client, as the page writes it."""
    client = Client("http://127.0.0.1:9/api", "token", "workspace")
    for name, member in inspect.getmembers_static(Client):
        if name.startswith("_"):
            continue
        if isinstance(member, cached_property):
            group = getattr(client, name)
            yield from (f"client.{name}.{call}" for call in methods(group))
        elif inspect.isfunction(member):
            yield f"client.{call_of(name, getattr(client, name))}"


def methods(group: Any) -> list[str]:
    """Return the public methods of a group, as the page writes them."""
    found = inspect.getmembers(group, inspect.ismethod)
    return [call_of(name, method) for name, method in found if not name.startswith("_")]


def call_of(name: str, method: Any) -> str:
    """Return a method with its parameters: `name=` takes a keyword, `**name` many."""
    shapes: dict[object, str] = {inspect.Parameter.VAR_KEYWORD: "**{}", inspect.Parameter.KEYWORD_ONLY: "{}="}
    parameters = inspect.signature(method).parameters.values()
    words = [shapes.get(found.kind, "{}").format(found.name) for found in parameters if found.name != WAITS]
    return f"{name}({', '.join(words)})"


def test_every_call_of_the_client_is_documented_as_it_is_and_no_other() -> None:
    documented = re.findall(r"^\| `(client\..*?\))` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(set(documented_calls()))


def test_every_error_class_and_every_exported_name_is_documented() -> None:
    text = PAGE.read_text()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    classes = {kind.__name__ for kind in kinds if issubclass(kind, errors.HoldfastError)}
    assert {name for name in [*classes, *holdfast.__all__] if f"`{name}`" not in text} == set()
    tabled = set(re.findall(r"^\| `([A-Z]\w+)` \|", text, re.MULTILINE))
    assert tabled == classes - {"HoldfastError"}


def test_every_option_of_an_ingest_is_documented() -> None:
    [row] = [line for line in PAGE.read_text().splitlines() if "`client.packages.ingest(" in line]
    assert [name for name in IngestOptions.__annotations__ if f"`{name}`" not in row] == []


def test_the_examples_run_as_written(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "runs" / "2026-11-21"
    run.mkdir(parents=True)
    (run / "junit.xml").write_text('<testsuite tests="1"><testcase name="a"/></testsuite>')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDFAST_URL", service.url)
    monkeypatch.setenv("HOLDFAST_TOKEN", service.token)
    printed: list[str] = []
    names = {"print": lambda *values: printed.append(" ".join(map(str, values)))}
    for example in EXAMPLES:
        exec(compile(example, str(PAGE), "exec"), dict(names))  # noqa: S102  the page's own examples
    kept, refused, verified, explained, operation = printed
    assert re.fullmatch(r"pkg_\w+ sha256:[0-9a-f]{64} 1", kept)
    assert refused.startswith("404 NOT_FOUND req_")
    assert verified == f"{kept.split()[0]} ok 1"
    assert (tmp_path / "restored" / kept.split()[0] / "junit.xml").exists()
    assert explained == "False ['case-7']"
    assert operation.startswith("package.verify fresh_active")
