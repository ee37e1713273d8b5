"""The `holdfast` program: noun then verb, one file for each noun.

Data goes to stdout, everything else to stderr. With `--json`, stdout is one line of JSON. Exit codes:
0 done, 1 checked and found bad, 2 bad input, 3 the service, the store or the disk. What a command
needs is imported when it runs, so that `--help` and completion are fast.
"""
