"""The items and keys of operations, one file a noun."""
