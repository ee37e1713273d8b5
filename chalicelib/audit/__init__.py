"""Every aggregate's own hash chain (proofs.md, "The audit chain").

An *event* has a dense `seq` from 1, the hash of the event before it, and the digest of its payload
inside the hashed bytes; the payload itself lies beside, so it can be erased later without breaking
a proof. `audit_seq` and `audit_head` move on the aggregate's state item in the same conditional
write as the state and the event, so a chain has no gap, cannot fork and costs no contention.
"""
