"""The adapter for a folder of a disk, with signed URLs of the service itself."""
