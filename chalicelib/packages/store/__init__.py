"""The items and keys of packages, one file a noun."""
