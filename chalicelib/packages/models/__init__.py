"""The pure models of packages, one file a noun."""
