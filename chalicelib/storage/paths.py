"""The one check of logical paths (docs/concepts/packages.md).

Packages check the paths that a client declares. The storage adapters check every key once more.
"""

import unicodedata

from chalicelib.core.errors import Invalid
from holdfast.api.codes import INVALID_PATH
from holdfast.api.paths import broken_rule


def normalize(path: str) -> str:
    """Return `path` in Unicode NFC, so paths that look equal are equal.

    Raises `Invalid` (INVALID_PATH), which names the rule that the path breaks.
    """
    rule = broken_rule(path)
    if rule:
        shown = path.encode("utf-8", "backslashreplace").decode()[:200]
        raise Invalid(INVALID_PATH, f"The path {shown!r} is refused: {rule}.", path=shown, rule=rule)
    return unicodedata.normalize("NFC", path)
