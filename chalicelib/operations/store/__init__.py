"""Items and keys of operations, one file for each noun."""
