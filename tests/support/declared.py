"""What tests say of the directories that they upload."""

from typing import TypedDict


class What(TypedDict):
    """What nobody recognises by itself."""

    kind: str
    producer: str


WHAT: What = {"kind": "junit", "producer": "nightly"}
