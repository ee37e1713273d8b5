"""The `holdfast` program. A command is a noun and a verb; each noun has one file.

Data goes to stdout, everything else to stderr. With `--json`, stdout is one line of JSON. The exit codes
are 0 for success, 1 for a check with a bad result, 2 for bad input, and 3 for a failure of the service,
the store or the disk. A command imports its modules when it runs, so that `--help` and completion are fast.
"""
