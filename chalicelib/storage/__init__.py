"""The store of bytes: one small protocol and two adapters, chosen by `HOLDFAST_STORAGE`.

A *key* names the content under it (`…/sha256/{digest}`). A *signed request* stores or fetches one object
without credentials, until it expires. A *grant* is the permission to remove one object; it names the audit
event that ordered the removal. A *probe* and a *certificate* record the promises that the store was seen to
enforce.

Invariants: a path never becomes a key. Other bytes have another key, so a listing is a proof. Every upload is
bound to its declared SHA-256 and size. Each adapter checks every key again. No object is removed without a
grant.

See docs/concepts/storage-enforcement.md.
"""
