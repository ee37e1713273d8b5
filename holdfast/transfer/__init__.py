"""Transfer of bytes: ingest, verify, download and restore (docs/guides/ingest-from-ci.md).

An ingest has three stages:

- A *walk* lists the files of a directory in path order. It refuses a file that cannot be kept before
  anything is created.
- Producer adapters *recognise* a producer's run and the reports of common tools. They turn both into
  metadata. A report that they cannot use becomes a warning.
- The *pipeline* hashes 500 files, requests an upload plan for them and uploads them. It hashes and plans
  the next 500 files during the upload.

Every file is hashed once and uploaded once. Small files wait in a bounded *buffer* between both, so they
are read only once. A file that changes during the ingest ends the ingest.
"""
