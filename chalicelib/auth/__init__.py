"""Identity of the caller, its workspaces, and its rights.

A *principal* is the content of a token: a person or a machine, its scopes, and a *grant* for each of its
workspaces. An *actor* is a principal in one workspace, with scopes and tenants. The *gate* makes an actor for
every route that declares a scope. An actor has a scope from its token, from its role, or because it is ADMIN.

Invariants: a token that names workspaces decides alone, and no membership adds to it. For a person's token
that names none, the members decide; they are read consistently at every request. A caller who does not belong
to a workspace gets the same answer as for a missing record. A member without the scope gets 403.

See docs/concepts/identity-and-tenants.md.
"""
