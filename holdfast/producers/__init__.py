"""Reports that many tools write: JUnit XML, SARIF, CycloneDX, SPDX, Cobertura (docs/reference/producers.md).

A *format* knows which files may be its reports, by their name or by a mark in their first and last
64 KiB. A format module reads one document, and raises `UnreadableReport` for a document that it cannot
use. *Detection* goes through the directory once and parses each suspect once, within limits. It turns an
unusable report into a warning. A *section* sums up all reports of one format, under `metadata.<format>`.
No report ever makes an ingest fail.
"""
