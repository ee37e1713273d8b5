"""Items of quarantined messages and of the sweeps' heartbeats.

Access patterns:
- keep a message that no run owns: put `quarantine#{digest}` / `ITEM` if absent, its chain beside it
- when a sweep last ran: put and get `sweeps` / `{name}`
"""

import hashlib
from datetime import datetime

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key
from holdfast.api.moments import rfc3339

SYSTEM_WORKSPACE = "-"
MAX_BODY_BYTES = 350_000  # DynamoDB takes items up to 400 KB; SQS sends 256 KB, or more where allowed


def new_quarantined(body: str, *, queue: str, why: str, at: datetime) -> Item:
    """The item that keeps a message, byte for byte; the same message is kept once."""
    sent = body.encode()
    digest = hashlib.sha256(sent).hexdigest()
    data = {"queue": queue, "why": why, "bytes": len(sent), "received_at": rfc3339(at), "digest": digest}
    pk = items.partition(SYSTEM_WORKSPACE, "quarantine", digest)
    return Item(pk=pk, sk="ITEM", kind="quarantined-message", data=data, blob=sent[:MAX_BODY_BYTES])


def heartbeat(name: str, *, workspace: str) -> Item:
    """The item that says when the sweep `name` last ran over a workspace; new when it never did."""
    key = Key(items.partition(workspace, "sweeps"), name)
    return queries.get(key) or Item(pk=key.pk, sk=key.sk, kind="sweep")
