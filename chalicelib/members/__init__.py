"""Members of a workspace, as the table keeps them (hooks.md, "Workspaces and tenants").

A *member* is a person, by the `sub` of their tokens, with a role and the tenants they are entitled
to. The table is asked when a token of the primary issuer has no `workspaces` claim at all: at each
request, consistently, so that a change or a removal holds from the next request on. A token that
has the claim is its issuer's word, and nothing here adds to it or takes from it; machines have
their token alone.

Each membership is an aggregate with a chain of its own; who left keeps the chain, and adding them
again goes on with it. A workspace that has an owner here keeps one: a counter of owners moves in the
transaction of every change that makes or unmakes one, and the last is neither removed nor demoted.
Nobody gives a tenant that they are not entitled to, sees one on others, or takes one away unseen.
Members stand above the audit chain, and so beside `auth`, which asks them through `auth.consults`.
"""
