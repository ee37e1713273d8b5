"""The adapter for S3 and stores that speak like it."""
