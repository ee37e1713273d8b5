"""Why a package is kept, or may go (proofs.md, "Explained eligibility").

`explain` is pure: facts and a moment in, the decision and every rule behind it out. The sweep, the
endpoint, the dry run and delete use it and nothing else. A package may go only when every rule is met;
what is not known is not met, so the default is `keep`.
"""
