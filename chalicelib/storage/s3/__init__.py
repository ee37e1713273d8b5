"""The adapter for S3 and stores with the same API."""
