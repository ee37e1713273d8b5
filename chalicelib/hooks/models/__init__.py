"""The models of hooks, one file a noun; pure."""
