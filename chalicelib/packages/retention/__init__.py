"""How a package's promise is extended, and how it is held (packages.md, "Retention").

A promise is a class and a date; each only ever moves later. A *hold* has a name of its own on the
package; several at once are several cases. Both are refused for a package that is deleted: its bytes are
ordered to go. Every change carries its retention event, and where the store keeps locks it is mirrored to
the objects after the table has it.

What may go is found by an index on the date and confirmed on the package itself; `explain` says why, from
the same function that the sweep and delete decide with.
"""
