"""Holdfast's service: everything in this folder runs in Lambda.

`core` knows no domain noun, `storage` keeps bytes, and each further folder is one domain with the
same few files: `models` (pure), `store` (its items and keys), `service` (its verbs), `routes` and
`workers` (its thin edges). Imports go one way only; `pyproject.toml` says which, the linter checks.
"""
