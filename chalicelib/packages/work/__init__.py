"""Work on a package that is too long for a request: queued with the package's own event."""
