"""A hook run: one release of one hook on one package, queued, watched and ended as an operation.

States: `pending -> running -> succeeded | rejected | failed`, and `pending -> failed`. A run is
pinned: hook, version and digest are what was live when it was queued, and stay. *Rejected* means
that the check ran and says no; only a run that *failed* came to nothing. Runs are queued in the
transaction that seals their package, or by a rerun; each is the subject of an operation of its own
whose id has the same ULID (`run_X`, `op_X`), so one leads to the other without an index. The
operation's audit chain tells the run's story: what was pinned, and what came of it.

Invariants: a run is never used again and never deleted; its end is written once, and no run is
left open by an operation that is over: whoever ends the operation ends the run in the same write.
"""
