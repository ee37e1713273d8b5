"""The pure models of operations, one file a noun."""
