"""The rules of keys. Both adapters check them before they touch the store (docs/concepts/packages.md).

Holdfast makes the keys from ids and digests, so a bad key is a fault of Holdfast or an attack. Nothing
happens then.
"""

import unicodedata

from chalicelib.core.errors import Invalid
from holdfast.api.codes import INVALID_KEY
from holdfast.api.paths import broken_rule

MAX_SEGMENT_BYTES = 255
INCOMING = ".incoming-"


def check_key(key: str) -> str:
    """Return `key` unchanged when it follows the rules.

    A key follows the path rules, is in NFC, and has no segment that is reserved for the adapters. Raises
    `Invalid` (INVALID_KEY), which names the rule that the key breaks.
    """
    rule = broken_rule(key) or _broken_key_rule(key)
    if rule:
        raise refused_key(key, rule)
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` unchanged when it is a key followed by one `/`.

    Raises `Invalid` (INVALID_KEY) otherwise.
    """
    if not prefix.endswith("/"):
        raise refused_key(prefix, "a prefix must end in '/'")
    check_key(prefix[:-1])
    return prefix


def probe_folder(namespace: str) -> str:
    """Return the folder of the short-lived probe objects of `namespace`; no workspace can have this name."""
    return f"{namespace}/.probe"


def refused_key(key: str, rule: str) -> Invalid:
    """Return the error that names `rule`. It shows the key escaped and shortened, since it may be hostile."""
    shown = key.encode("utf-8", "backslashreplace").decode()[:200]
    return Invalid(INVALID_KEY, f"The storage key {shown!r} is refused: {rule}.", key=shown, rule=rule)


def _broken_key_rule(key: str) -> str | None:
    if unicodedata.normalize("NFC", key) != key:
        return "a key must be in Unicode NFC"
    for segment in key.split("/"):
        if len(segment.encode()) > MAX_SEGMENT_BYTES:
            return f"a segment of a key must have at most {MAX_SEGMENT_BYTES} UTF-8 bytes (MAX_SEGMENT_BYTES)"
        if segment.startswith(INCOMING):
            return f"a segment of a key must not start with '{INCOMING}'"
    return None
