"""Integrity: kept bytes are read and hashed again, in rotation, for as long as they are kept.

Every sealed package has a place in the *rotation*: when it is next to be checked. A *sweep* is an
operation over one workspace: it takes what is due, longest unchecked first, until its budget of
bytes is spent, and each package's new place is written with what was found. A package that is
larger than what is left of the budget is checked in pieces, over several sweeps. What a check came
to is the package's `integrity`, never its status: `corrupt` when bytes are bad or missing, which is
an *alarm* until a check finds them in order; `ok` only when every file was read and matched. A
sweep that could not check everything it set out to is incomplete, and says so.
"""
