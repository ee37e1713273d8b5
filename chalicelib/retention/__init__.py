"""How long a package is promised to be kept, and the rules that decide whether it may be deleted.

A *class* is a named period in days, or for ever; a workspace may set another period for later promises. A
*promise* is a class and a date. A *hold* is a named case that keeps a package whatever its date. `explain` is
the one pure function that decides: `keep` unless every rule is met, with all its reasons.

Invariants: a promise is only ever extended. *Auto-delete* is off until an owner turns it on, with a grace
period. This domain has classes, policy and pure rules; the verbs that change a package belong to `packages`.

See docs/concepts/retention.md.
"""
