"""Upload plans: files are declared up to 500 at a time, and each answer is bound to its bytes.

A plan is applied whole or not at all, in two table round trips whatever its size: one reads the
state and the index of all paths, one writes the new page with state and audit. What the package
has already under the same content is not written again: its instruction is fresh, or `stored`.
Bytes go straight to storage. A file over the multipart threshold is sent in parts to a key of its
own, which nothing refers to until the table does.
"""
