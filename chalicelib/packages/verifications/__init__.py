"""Verifying: every stored byte of a finalized package is read and hashed again.

A verdict is five-valued (`ok`, `bad`, `missing`, `error`, `not_checked`), per file, kept in pages
beside the package that are written once each, so a worker that dies goes on where it stopped and
nothing is checked twice or counted twice. Nothing checked is never green.
"""
