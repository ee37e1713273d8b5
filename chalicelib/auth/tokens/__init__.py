"""Tokens, and the issuers that are believed (hooks.md, "Identity, scopes and tenancy").

The *primary issuer* speaks for people: HS256 with the root secret. Its `workspaces` claim says who
belongs where; a token that has no such claim leaves that to the members that the table keeps.
The *machine issuer* is optional and speaks for programs: EdDSA with Ed25519, a key by its `kid`. A
machine has the scopes of its token in the workspaces of its token, never a role and never ADMIN, and
no membership of the table speaks for it. Its `user_id` is a UUID of its issuer's name and its `sub`.
The unverified `iss` chooses between the two and nothing else; without a machine issuer it is not
even read. The header's `alg` is never believed, and which check failed is told to nobody.
"""
