"""A package is one set of files that a producer hands over to be kept, provable for ever.

States: `created -> uploading -> finalized -> deleted`, and `created | uploading -> failed`.
A finalized package never changes: no new file, no replaced file, no edited metadata.

A *plan* declares up to 500 files and answers with a request for each, bound to its bytes; the
bytes go straight to storage. Plans are append-only *pages*: one transaction writes the page, its
index, the package's counters and the audit event, so a plan is applied whole or not at all. The
latest page that names a path says what the path holds; a replaced entry stays as history.

*Finalize* proves that storage holds every declared byte, writes the *manifest* (canonical JSON)
once under the name of its own digest's package, and seals. Proof costs a listing, not a request
per file, because a key names its content and the store refused other bytes.

Invariants: the manifest digest never changes; `file_count` and `total_bytes` always agree with the
pages; every change of state carries its audit event in the same write.
"""
