"""A package is one set of files that a producer uploads to be kept, provable for as long as promised.

States: `created -> uploading -> finalized -> deleted`, and `created | uploading -> failed`. A *plan*
declares up to 500 files; its answer has a request for each, bound to its bytes, and the bytes go
straight to storage. *Pages* keep the files of plans; the newest page that names a path says what the
path holds. *Finalize* proves that storage holds every declared byte and writes the *manifest*.

Invariants: a finalized package never changes: no new file, no replaced file, no edited metadata. Its
manifest digest is written once. A plan is applied whole or not at all. `file_count` and `total_bytes`
agree with the pages. Every change carries its audit event in the same write.

See docs/concepts/packages.md.
"""
