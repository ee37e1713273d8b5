"""Services of packages, one file for each noun."""
