"""How a package's bytes go, and how that is proven (proofs.md, "Disposal").

A disposal is *ordered* in one transaction, conditional on the package as the decision read it: status
`deleted`, and the *tombstone*, the audit event that carries the manifest digest, authority, policy,
approver and reason. So a hold that comes at the same time is either seen by the decision or refused.
Then every version of every object but the manifest is removed by a grant that names the tombstone, every
key is asked for again, and a second event says what that *absence check* found.

A crash in between leaves a package that is `deleted` with its disposal open; the same request, or the
next sweep, goes on. The record, the pages of its files, the manifest and the chain stay for good.

Only a finalized package is ever deleted: the lifecycle has no other move to `deleted`.
"""
