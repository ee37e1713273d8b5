"""Items and keys of packages, one file for each noun."""
