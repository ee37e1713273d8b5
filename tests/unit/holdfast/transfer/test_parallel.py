from collections.abc import Iterator
from threading import Barrier

import pytest

from holdfast.transfer.parallel import AHEAD, in_parallel


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(in_parallel(lambda number: number * 2, range(50), jobs=4)) == [2 * n for n in range(50)]


def test_items_are_worked_on_at_once() -> None:
    together = Barrier(3, timeout=30)
    assert len(list(in_parallel(lambda _: together.wait(), range(3), jobs=3))) == 3


def test_only_few_items_are_taken_before_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    next(in_parallel(lambda number: number, items(), jobs=2))
    assert len(taken) == 2 * AHEAD


def test_the_first_exception_ends_it() -> None:
    begun: list[int] = []

    def do_part(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError):
        list(in_parallel(do_part, range(1000), jobs=1))
    assert len(begun) <= 3 + 2 * AHEAD
