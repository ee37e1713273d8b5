"""Ending what did not end by itself: the failure bridge and the reconciler.

Both plan first and act after: `decide` is pure, so a dry run is the plan without the deeds. Both are
idempotent and conservative: nothing is done to a run inside its window, every deed is conditional
on what was read, and every end says why, with the evidence.
"""
