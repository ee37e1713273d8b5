"""The seal: one transaction after which a package never changes, and what belongs into it.

What must begin exactly when a package is sealed joins that transaction, whichever way leads there:
inside a request or by a worker. Those above packages register themselves; packages know none of them.
"""
