"""The files of a package: pages that keep what was declared, requests that fetch the bytes.

Pages are append-only: the latest page that names a path says what it holds. A page's *index* is
8 bytes of each path's hash, so that a plan learns which of its paths are known without reading
any page. Whether bytes have arrived is never recorded; storage is asked.
"""
