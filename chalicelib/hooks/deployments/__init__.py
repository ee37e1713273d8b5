"""The one-call deploy: a convention, its schema, its hooks and their first releases, all or nothing.

Everything is read at once and decided by a pure plan; what differs from what is there is written in
one transaction, at most three items for the convention and four for each of 24 hooks. What is there
already is left alone, so the same deploy again writes nothing.
"""
