"""Members: which people belong to a workspace, with which role and tenants.

A *member* is a person, known by the `sub` of their tokens. The gate asks for a membership when a token
of the primary issuer has no claim `workspaces`. It reads consistently at every request, so a change or
a removal holds from the next request on. A token with the claim, and a machine, are never asked about.

Invariants: each membership has an audit chain, which goes on when somebody comes back. A workspace
that has an owner keeps one: a counter of owners moves in the transaction of each change, and the last
owner is neither removed nor demoted. Nobody gives, sees or takes away a tenant that is not theirs.

See docs/concepts/identity-and-tenants.md.
"""
