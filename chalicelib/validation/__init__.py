"""Rules on what a client sends: JSON documents and schemas, typed columns, globs."""
