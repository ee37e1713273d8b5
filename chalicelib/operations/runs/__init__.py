"""The life of one run, from the transaction that causes it to its one end.

A worker *claims* with a conditional write and gets a fence and a lease; it renews from its own
work loop, never from a thread of its own, so a renewal proves progress. Whoever comes second, late
or with an old fence changes nothing: a delivery of a run that is claimed or over is a no-op, and a
result of a run that was closed meanwhile is kept as a late result.
"""
