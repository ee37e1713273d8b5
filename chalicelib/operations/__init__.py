"""An operation is the one record of a piece of work that leaves the request.

Moves: `queued -> running -> completed`, each a conditional write on what was read and on the
*fence* that the claim handed out; nothing else writes `status` or `outcome`, and a completed
operation never changes. The operation, its *outbox* item and the change that caused it are one
transaction; the message is sent right after, and the dispatcher sends what a crash left unsent.
A claim holds a *lease*: another delivery may take the run over only when it has run out.
"""
