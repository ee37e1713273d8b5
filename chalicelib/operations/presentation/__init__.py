"""How a run is shown. Freshness is derived from the record and the clock, never stored.

Every face (API, command line, screens) takes freshness, label, explanation and next step from
here, so a run that was ended from outside never reads like one that ended by itself, and nothing
is ever called running without saying whether that can be believed.
"""
