"""Unpacking a zip that may be hostile: everything is checked before the first byte is written.

Entries are counted, named by the rules of logical paths, and of no kind but files and folders;
sizes and ratios are bounded by what really comes out, not by what the archive says of itself.
"""
