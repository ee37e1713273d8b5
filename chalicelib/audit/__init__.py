"""The audit chain: a hash chain of events for each aggregate.

An *event* has a number (`seq`), the hash of the event before it, and the digest of its payload. The
payload is stored beside the hashed fields, so it can be erased later without breaking a proof.

Invariants: `seq` counts from 1 without a gap. The event and the state that it tells about are one
conditional write, in which `audit_seq` and `audit_head` move on the state item. So a chain has no gap,
cannot fork, and costs no extra contention.

See docs/concepts/audit-chain.md.
"""
