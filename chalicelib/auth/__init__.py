"""Who is asking, where they belong, and what they may do.

A *principal* is what a token says: a person or a machine, its scopes, and a *grant* for each of its
workspaces. An *actor* is a principal in one workspace, with scopes and tenants. The *gate* makes an
actor for every route that declares a scope. An actor has a scope from its token, from its role, or
because it is ADMIN.

Invariants: a token that names workspaces is the whole truth, and no membership adds to it. A token of
a person that names none leaves the question to the members, who are read consistently at every
request. Who does not belong is told the same as about a thing that does not exist; a member without
the scope gets 403.

See docs/concepts/identity-and-tenants.md.
"""
