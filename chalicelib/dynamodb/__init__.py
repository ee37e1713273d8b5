"""The one table: items and keys, reads that are one request each, pages, transactions."""
