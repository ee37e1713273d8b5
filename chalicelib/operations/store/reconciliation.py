"""Items of quarantined messages, and of the note that each sweep leaves.

Access patterns:
- keep a message that belongs to no run: put `quarantine#{digest}` / `ITEM` if absent, its chain beside it
- last note of a sweep: put and get `sweeps` / `{name}`
"""

import hashlib
from datetime import datetime

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key
from holdfast.api.moments import rfc3339

SYSTEM_WORKSPACE = "-"
MAX_BODY_BYTES = 350_000  # DynamoDB takes items up to 400 KB; SQS sends 256 KB, or more where allowed


def new_quarantined(body: str, *, queue: str, why: str, at: datetime) -> Item:
    """Return the item that keeps a message byte for byte; equal messages have one key."""
    sent = body.encode()
    digest = hashlib.sha256(sent).hexdigest()
    data = {"queue": queue, "why": why, "bytes": len(sent), "received_at": rfc3339(at), "digest": digest}
    pk = items.partition(SYSTEM_WORKSPACE, "quarantine", digest)
    return Item(pk=pk, sk="ITEM", kind="quarantined-message", data=data, blob=sent[:MAX_BODY_BYTES])


def heartbeat(name: str, *, workspace: str) -> Item:
    """Return the item with the last note of the sweep `name` in a workspace; a new one when it never ran."""
    key = Key(items.partition(workspace, "sweeps"), name)
    return queries.get(key) or Item(pk=key.pk, sk=key.sk, kind="sweep")
