"""A confined process: hostile code that takes nothing but what it was given.

The *supervisor* (`__main__.py`, a process of its own) makes what walls the platform allows: a user
namespace (no capability reaches outside), a process namespace (nothing it starts outlives it), a
network namespace (no connection), a mount namespace (nothing to write but its own folder). Where
the platform allows none of them, as Lambda does not, what is left still holds: limits of memory,
processor, file size, open files and processes; a clean environment; whatever it starts is found
and ended with it; and the worker's own memory and environment are closed to it. The *service*
reads its streams through bounded tails, watches its output and the clock, and ends it.
"""
