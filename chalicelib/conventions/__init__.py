"""Conventions: what packages of one kind must contain, and which hooks run on them.

A convention is declared whole, under a slug, as often as one likes. It has a *metadata_schema* (JSON Schema)
for a package's metadata, *required_files* (globs, each of which must match a path), the names of *hooks*, and
a *schema*: fields that readers may rely on, fixed under an id and a version. A package names its convention
when it is created. Finalize checks the package against the convention as it is then.

Invariants: `revision` counts the changes. A convention that a package refers to is not deleted. The audit
chain continues when a deleted convention is declared again.

See docs/concepts/conventions.md.
"""
