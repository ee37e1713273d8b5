import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.measurements import Measurement, keep, table


@pytest.mark.parametrize(("value", "verdict"), [(1.2, "ok"), (1.25, "ok"), (1.26, "over")])
def test_only_a_value_over_its_budget_breaks_it(value: float, verdict: str) -> None:
    assert Measurement("wall time", value, "×", 1.25).verdict == verdict


def test_without_a_budget_nothing_can_be_broken() -> None:
    measured = Measurement("wall time", 1e9, "s")
    assert (measured.over, measured.verdict) == (False, "")


def test_what_is_kept_is_a_list_of_names_values_units_and_budgets(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"

    keep([Measurement("requests", 4, "requests", 4), Measurement("wall time", 1.23456, "s")], file)

    assert json.loads(file.read_text()) == [
        {"name": "requests", "value": 4, "unit": "requests", "budget": 4},
        {"name": "wall time", "value": 1.2346, "unit": "s", "budget": None},
    ]


def test_the_table_shows_every_number_as_a_person_reads_it() -> None:
    console = Console(width=100)

    with console.capture() as shown:
        console.print(table([Measurement("memory", 1234.5, "MB", 200), Measurement("ratio", 1.104, "×")]))

    heading, memory, ratio = shown.get().splitlines()
    assert heading.split() == ["what", "measured", "budget", "unit"]
    assert memory.split() == ["memory", "1,234", "200", "MB", "over"]
    assert ratio.split() == ["ratio", "1.10", "×"]
