"""One notice for each run that ended, for whoever asked for it; none for scheduled work.

The notice is put in the very transaction that ends the run, and a run ends once: there is exactly one,
however the run ended and however often its end was delivered.
"""
