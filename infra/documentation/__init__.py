"""Write the generated files that are committed: the pages of docs/reference and the OpenAPI snapshot.

`python -m infra.documentation` rewrites each file that is out of date. With `--check` it names those
files, changes nothing, and exits 1. Each page has one module here, which reads the code and knows
nothing of files; `pages` knows which function writes which file.
"""
