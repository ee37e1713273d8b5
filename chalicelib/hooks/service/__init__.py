"""The service of hooks, one file a noun."""
