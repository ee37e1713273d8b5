"""The adapter for a folder on a disk, with signed URLs of the service itself."""
