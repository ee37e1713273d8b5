"""Integrity: kept bytes are read and hashed again, in rotation, for as long as they are kept.

Every sealed package has a place in the rotation (packages/rotation). A *sweep* is an operation over one
workspace: it sets out to check what is due, longest due first, until its budget of bytes is spent or its
worker's time is short, and each package's new place is written with what was found. A package that is
larger than what is left of the budget is checked in pieces, over several sweeps, no file twice.

What a check came to is the package's `integrity`, never its status: `corrupt` and `error` are *alarms*
until a check finds every byte in order. A sweep counts what it checked itself. It succeeded only when it
found every file of everything that was due in order; one that left something is incomplete, and says why.
"""
