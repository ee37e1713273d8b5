"""Reports that many tools write: JUnit XML, SARIF, CycloneDX, SPDX, Cobertura (docs/reference/producers.md).

A *format* says which files may be reports of its kind (by name, or by a mark in their first and last
64 KiB), which documents are, and what each tells. *Detection* goes through the directory once, parses
each suspect once and within limits, and turns what it cannot use into a warning. A *section* is what
all reports of one format tell together, under `metadata.<format>`. A format module reads one document
and raises `UnreadableReport` for what it cannot use; nothing here ever fails an ingest.
"""
