"""How long evidence is promised to be kept.

A *class* is a named period in days, or for ever. A package's `expires_at` is set when it is made
and counted again from the moment it is sealed. A promise is only ever extended. This domain holds
the classes and the pure rules; the verbs that change a package are packages' own.
"""
