"""The verbs of hooks, one file a noun."""
