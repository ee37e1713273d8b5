"""The `lambda` runtime: an AWS Lambda function, pinned to a published version.

The version's CodeSha256 is compared with the release's digest before each invocation. The function
gets presigned URLs to read the manifest and the files, and two to leave `rows.ndjson` and
`result.json`; it holds no credential of ours. What it left is fetched into the job's folder, so
that it is read as a bundle's output is.
"""
