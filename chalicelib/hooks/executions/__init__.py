"""Executing a run: from the claimed operation to rows that count.

Begin the run, let its runtime run the pinned release on the package's files, read what it left
back, keep the rows, end the run; the operation ends after it. Nothing of a package that is not
sealed is read, and nothing is kept of an output that is not proven to be this run's and to keep the
hook's contract. Code that ran out of memory runs again with twice as much, three times at most and
never with more than the platform has; each retry is on record before it starts.
"""
