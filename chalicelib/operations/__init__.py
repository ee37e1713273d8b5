"""An operation is the one record of a piece of work that leaves the request.

States: `queued -> running -> completed`, and `queued -> completed` when it is cancelled or ended from
outside. A worker *claims* an operation, which raises its *fence* and starts a *lease*. The *outbox*
holds a message until it is sent; the *dispatcher* sends what a crash left. The *reconciler* and the
*failure bridge* end what does not end by itself, with a reason and evidence.

Invariants: every move is a conditional write on what was read, and nothing else writes `status` or
`outcome`. The operation, its outbox item and the change that caused it are one transaction. A completed
operation never changes. Another worker may claim only when the lease has run out.

See docs/concepts/operations.md.
"""
