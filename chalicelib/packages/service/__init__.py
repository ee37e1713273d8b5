"""The verbs of packages, one file a noun."""
