"""Pure models of packages, one file for each noun."""
