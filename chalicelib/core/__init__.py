"""The base of every domain: time, identity, settings, errors, logs, metrics and clients of AWS.

Nothing here belongs to one domain, and nothing here imports one. `errors` are plain facts without HTTP.
`clock` is the only source of time and `ids` the only source of identity, so a test controls both. `settings`
is the only reader of the environment.
"""
