"""Rules for the data that a client sends: JSON documents and schemas, typed columns, globs."""
