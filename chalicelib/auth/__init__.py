"""Who is asking, and what they may do.

A *principal* is what a token says: a person or a machine, roles, scopes, memberships. In one
*workspace* it is an *actor*, with a member's role there and the tenants it is entitled to. Every
route declares a *scope*; an actor has it from the token, from the role through the capability
registry, or by being ADMIN. Deny by default: who is not a member, or asks for what is elsewhere,
is told what one is told about a thing that does not exist; a member without the scope gets 403.
The token's `alg` is never trusted: the primary issuer is HS256 and nothing else.
"""
