"""A retention sweep costs what expired, not what is kept; at its full size in `make bench`."""

from tests.bench.sweeps import BUDGET, rows_read
from tests.support.faults.wire import Wire


def test_a_sweep_of_ten_reads_no_more_among_many_than_among_few(wire: Wire) -> None:
    few, many = rows_read(wire, kept=50), rows_read(wire, kept=500)
    assert 0 < many <= BUDGET * few
