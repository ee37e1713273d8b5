"""The retention sweep, and the worker of the queue that all sweeps share (packages.md, "Retention").

A schedule looks at what is due, by an index on the date, and queues one operation a workspace that has
something. The operation's worker plans and then performs, package by package: note that a package may go
(once), set locks that are not confirmed, end a disposal that a crash cut short, and, where the workspace
turned `auto_delete` on, delete what has been eligible for longer than the grace. What is not due is
never read, so a sweep costs what expired and not what is kept.

It is bounded by a number of packages and by its worker's time; what is left is the next one's. A package
that fails fails alone: it is told in the operation's failures, and looked at again later.
"""
