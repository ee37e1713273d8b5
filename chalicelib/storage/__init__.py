"""Where bytes are kept: one small protocol, two adapters, chosen by `HOLDFAST_STORAGE`.

An object's key names its content (`…/sha256/{digest}`), so a hostile path never becomes a key, a
changed file is a new object, equal content in a package is stored once, and a listing is already
the proof. Every upload is bound to its declared SHA-256 and size by the request that permits it.
Keys are checked again here (defence in depth), and nothing here deletes what a package refers to.
"""
