"""Services of operations, one file for each noun."""
