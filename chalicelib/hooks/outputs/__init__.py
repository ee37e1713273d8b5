"""What the code of a hook leaves behind: three files in a folder that it could write as it liked.

`run.json` is ours, written before the code ran and read back: it says that the folder is this run's.
`result.json` is the code's verdict, `rows.ndjson` its rows, a JSON object a line. Nothing is believed:
a file is opened without following a link or waiting for a pipe, read in bounded pieces, and held
against the contract to its last line before a single row counts.
"""
