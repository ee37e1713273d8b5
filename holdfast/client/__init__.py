"""Calls of the API, one file a noun: what is sent, and what is answered."""
