"""Sealing: prove every byte, fix the manifest's digest, and only then say `finalized`.

The seal is one conditional write on what was proven, so a plan that slips in between is proven
too, and two finalizers agree. The manifest is a function of sealed records: it is written after
the seal and, should a crash come between the two, made again, byte for byte, by whoever asks.
"""
