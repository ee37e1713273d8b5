"""Bundles: the zips of code that releases run, kept in the hook store under the digest of their bytes.

A bundle is uploaded straight to storage by a request that is bound to its digest and size, like any
file of a package. It is kept once however many hooks release it, and never changes: its key is its
content. A release is refused until the bytes that it names are there.
"""
