"""The rules of keys, checked by both adapters before they touch the store (docs/concepts/packages.md).

Keys are made by us from ids and digests, so a bad one is a mistake of ours or an attack.
Either way nothing happens.
"""

import unicodedata

from chalicelib.core.errors import Invalid
from holdfast.api.codes import INVALID_KEY
from holdfast.api.paths import broken_rule

MAX_SEGMENT_BYTES = 255

INCOMING = ".incoming-"


def check_key(key: str) -> str:
    """`key` as it is, when it is in order: the path rules, in NFC, and no segment that is the adapters' own.

    Raises `Invalid` (INVALID_KEY) naming the rule that the key breaks.
    """
    rule = broken_rule(key) or _broken_key_rule(key)
    if rule:
        raise refused_key(key, rule)
    return key


def check_prefix(prefix: str) -> str:
    """`prefix` as it is, when it is a key followed by one `/`; raises `Invalid` (INVALID_KEY) otherwise."""
    if not prefix.endswith("/"):
        raise refused_key(prefix, "a prefix ends in '/'")
    check_key(prefix[:-1])
    return prefix


def probe_folder(namespace: str) -> str:
    """Where probe objects of `namespace` live for the moment that they do; no workspace has such a name."""
    return f"{namespace}/.probe"


def refused_key(key: str, rule: str) -> Invalid:
    """The error that names `rule`; the key is shown escaped and shortened, since it may be hostile."""
    shown = key.encode("utf-8", "backslashreplace").decode()[:200]
    return Invalid(INVALID_KEY, f"The storage key {shown!r} is refused: {rule}.", key=shown, rule=rule)


def _broken_key_rule(key: str) -> str | None:
    if unicodedata.normalize("NFC", key) != key:
        return "a key is in NFC"
    for segment in key.split("/"):
        if len(segment.encode()) > MAX_SEGMENT_BYTES:
            return f"a segment of a key has at most {MAX_SEGMENT_BYTES} UTF-8 bytes (MAX_SEGMENT_BYTES)"
        if segment.startswith(INCOMING):
            return f"a segment of a key does not start with '{INCOMING}'"
    return None
