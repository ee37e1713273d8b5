"""Parallel work on many items."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item], *, jobs: int) -> Iterator[Result]:
    """Yield the results of `work` in the order of `items`. Run `jobs` items at a time.

    The work is at most a few items ahead of the reader. The first exception ends the work: items that
    have not begun never begin.
    """
    under_way: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(jobs)
    try:
        for item in items:
            under_way.append(pool.submit(work, item))
            if len(under_way) == jobs * AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
