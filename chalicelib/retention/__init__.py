"""How long evidence is promised to be kept, and what says whether it may go.

A *class* is a named period in days, or for ever; a workspace may override the period, for promises
made after that. A *promise* is a class and a date, made when a package is created, counted again
from the moment it is sealed, and only ever *extended*. A *hold* is a named case with its reason and
owner; any hold keeps a package, whatever its date. `explain` is the one pure function that decides:
the default is `keep`, and every rule, date, hold and audit event behind the decision is in its answer.

*auto_delete* is off unless an owner of the workspace turned it on, with a grace period. This domain
holds the classes, the workspace's policy and the pure rules; the verbs that change a package are
packages' own.
"""
