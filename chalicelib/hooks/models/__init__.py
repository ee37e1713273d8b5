"""The pure models of hooks, one file a noun."""
