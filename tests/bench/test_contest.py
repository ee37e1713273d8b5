import pytest

from tests.bench.contest import Spent, cpu_ratio, take_turns, wall_ratio


def test_every_round_starts_with_another_contender() -> None:
    order: list[str] = []
    contenders = {name: lambda name=name: order.append(name) for name in ("a", "b", "c")}

    turns = take_turns(contenders, rounds=3)

    assert "".join(order) == "abcbcacab"
    assert {name: len(spent) for name, spent in turns.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_ratio_is_of_medians_so_that_one_disturbed_turn_counts_for_nothing() -> None:
    turns = {
        "ours": [Spent(2.2, 3.0), Spent(90.0, 3.3), Spent(2.0, 2.7)],
        "floor": [Spent(70.0, 3.0), Spent(2.0, 3.0), Spent(2.0, 3.0)],
    }

    assert wall_ratio(turns, "ours", "floor") == pytest.approx(1.1)
    assert cpu_ratio(turns, "ours", "floor") == pytest.approx(1.0)
