"""Logical paths: the one place that says which are allowed (docs/concepts/packages.md).

Packages check what a client declares; the storage adapters check every key once more.
"""

import unicodedata

from chalicelib.core.errors import Invalid
from holdfast.api.codes import INVALID_PATH
from holdfast.api.paths import broken_rule


def normalize(path: str) -> str:
    """`path` in NFC, so that equal-looking paths are the same path.

    Raises `Invalid` (INVALID_PATH) naming the rule that the path breaks.
    """
    rule = broken_rule(path)
    if rule:
        shown = path.encode("utf-8", "backslashreplace").decode()[:200]
        raise Invalid(INVALID_PATH, f"The path {shown!r} is refused: {rule}.", path=shown, rule=rule)
    return unicodedata.normalize("NFC", path)
