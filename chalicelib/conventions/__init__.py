"""A convention says what packages of one kind must be, and which hooks run on them.

It is declared whole, under a slug, as often as one likes. It has a *metadata_schema* (JSON Schema) for
a package's metadata, *required_files* (globs, of which each must match a path), the names of *hooks*,
and a *schema*: fields that readers may rely on, fixed under an id and a version. A package names its
convention when it is created. It is checked at finalize, against the convention as it then stands.

Invariants: `revision` counts the changes. A convention that a package refers to is not deleted. The
audit chain goes on when a deleted convention is declared again.

See docs/concepts/conventions.md.
"""
