"""The files of a package: plans that declare them, pages that keep them, requests that fetch them.

A plan is applied whole or not at all, and costs two table round trips whatever its size. Pages are
append-only: the latest page that names a path says what it holds. A page's *index* is 8 bytes of
each path's hash, so that a plan learns which of its paths are known without reading any page.
"""
