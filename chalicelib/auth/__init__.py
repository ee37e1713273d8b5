"""Who is asking, and what they may do.

A *principal* is what a token says: a person or a machine, scopes, and a *grant* for each of its
workspaces. In one *workspace* it is an *actor*, with a member's role there and the tenants it is
entitled to. Every route declares a *scope*; an actor has it from the token, from the role through
the capability registry, or by being ADMIN. Where the token has no word on workspaces at all, the
members that the table keeps decide, read consistently at every request; a token that has one is
the whole truth, so no membership widens it. Deny by default: who is not a member, or asks for what
is elsewhere, is told what one is told about a thing that does not exist; a member without the scope
gets 403.
"""
