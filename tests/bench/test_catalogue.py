from importlib import import_module

import pytest

from tests.bench.catalogue import BENCHMARKS


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_can_be_run_by_its_name(name: str) -> None:
    module, function = BENCHMARKS[name]
    assert callable(getattr(import_module(f"tests.bench.{module}"), function))
