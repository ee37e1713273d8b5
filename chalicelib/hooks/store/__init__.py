"""The items and keys of hooks, one file a noun."""
