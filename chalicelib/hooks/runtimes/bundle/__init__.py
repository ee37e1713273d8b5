"""The `bundle` runtime: a zip of code, unpacked and run as a confined subprocess.

The program finds the package's files under `$HOLDFAST_INPUT`, the manifest and its configuration
at `$HOLDFAST_MANIFEST` and `$HOLDFAST_CONFIG`, and leaves `rows.ndjson` and `result.json` in
`$HOLDFAST_OUTPUT`. `python` as the first word of the entrypoint is the interpreter of the service,
with the standard library and what the bundle brings.
"""
