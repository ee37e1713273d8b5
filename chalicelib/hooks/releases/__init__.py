"""Releases: what a hook runs, version by version, without a gap.

A release never changes. Its *fingerprint* is over everything that decides what a run does: the same
again is the same release, whatever `source_ref` says; anything else is the next version. One
transaction moves the hook's count, puts the release and its fingerprint if absent, and tells the
audit chain; whoever loses the race reads again. Whether a release was created is what that
transaction says, never a read before it.
"""
