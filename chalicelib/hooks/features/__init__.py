"""Feature rows: what hooks found, each row leading to exactly what made it.

Rows are kept in compressed pages under keys that follow from run and place, so the same rows again
change nothing. A page carries the attempt that wrote it: a later attempt writes over an earlier
one's, never the other way round, so a worker that was thought dead cannot mix its rows in. Pages are
written before the run ends and count only when it has: rows show when their run succeeded or
rejected, and as far as the run's own count goes.
"""
