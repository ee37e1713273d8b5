"""A hook is a versioned check or extractor that runs on a finalized package and leaves rows behind.

A *hook* has a name, the *feature* whose table its rows go to, and a *contract*, the columns of a
row; none of them ever changes. What it runs is a *release*, numbered from 1 without a gap. The *live
pointer* names the release that new runs take: a new release moves it unless told not to, and anyone
with `hooks:write` may, back as well as forth. Each move is compared with the `revision` that was
read, and kept: the audit chain of the hook is the pointer's history.

Invariants: `latest_version` is how many releases there are; `live_version` is one of them, or None;
`revision` is how often the pointer moved; every row leads to the one release that made it.
"""
