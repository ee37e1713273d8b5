"""Members: which people belong to a workspace, with which role and tenants.

A *member* is a person, known by the `sub` of their tokens. The gate asks for a membership when a token of the
primary issuer has no claim `workspaces`. It reads consistently at every request, so a change or a removal
takes effect from the next request on. Memberships do not matter for a token with the claim, nor for a
machine.

Invariants: each membership has an audit chain, which continues when a former member is added again. A
workspace that has an owner keeps one: a counter of owners moves in the transaction of each change, and the
last owner is neither removed nor demoted. Nobody can give, see or remove a tenant that is not their own.

See docs/concepts/identity-and-tenants.md.
"""
