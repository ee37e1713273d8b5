"""The verbs of operations, one file a noun."""
