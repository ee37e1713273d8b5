"""The processes below the supervisor, however they hide: found in /proc, measured together, and ended.

Whoever daemonises becomes the child of the supervisor, which takes in orphans. Part of the
supervisor: the standard library only.
"""
