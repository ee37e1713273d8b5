"""A convention says what packages of one kind must be, and which hooks run on them.

It is declared whole, by slug, as often as one likes: *metadata_schema* (JSON Schema, draft 2020-12)
that a package's metadata must meet, *required_files* (globs) of which each must match a path, the
names of *hooks*, and a *schema*: fields that readers may rely on, fixed for ever under id and
version. A package names its convention when it is created and is checked when it is finalized,
against the convention as it then stands.

Invariants: `revision` counts the changes; a convention that a package refers to is not deleted;
its audit chain goes on when one that was deleted is declared again.
"""
