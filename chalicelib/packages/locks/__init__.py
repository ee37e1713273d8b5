"""The store's own locks, which say what the table says (packages.md, "Retention").

With Object Lock on, a sealed package's promise and holds are mirrored to every object of it, its
manifest included, and read back. The table decides; the objects follow: table first, then objects, then
the reading back, then the note of what it found. A mirror that is not confirmed is `pending`, one that
says something else is `drift`; both are shown wherever the package is, and a sweep tries again. One that
is `confirmed` is read back whenever the rotation checks the package's bytes.
A promise without an end is a legal hold: no store keeps a date that never comes.
"""
