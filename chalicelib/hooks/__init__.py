"""A hook is a versioned check or extractor that runs on a finalized package and leaves rows.

A hook has a name, a *feature* (the table of its rows) and a *contract* (the columns of a row). None of
them ever changes. A *release* is one immutable version of the hook's code, configuration and limits. The
*live pointer* names the release that new runs use. It can move to a later or an earlier release. A *run*
is one release on one package: `pending -> running -> succeeded | rejected | failed`, and `pending ->
failed`.

Invariants: versions count from 1 without a gap. `live_version` is one of them, or None. `revision`
counts the moves of the pointer, and the audit chain keeps each move. A run keeps the release that was
live when the run was queued. Every row leads to the one release that made it.

See docs/concepts/hooks.md.
"""
