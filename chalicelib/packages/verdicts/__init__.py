"""Verdicts: what a check of stored bytes can come to, and what is known of a package after it.

A verdict is five-valued (`ok`, `bad`, `missing`, `error`, `not_checked`), per file. A package's `integrity`
follows from the verdicts on all of its files: `corrupt` when bytes are bad or missing, and until a check
finds every one of them in order; `ok` only when every file was read and matched.
"""
