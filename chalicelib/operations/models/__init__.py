"""Pure models of operations, one file for each noun."""
