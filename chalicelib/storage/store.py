"""Items of certificates.

Access patterns:
- keep a certificate: put `storage-certificates` / `{checked_at}#{id}` if absent
- the latest: query `storage-certificates`, backwards, one item
"""

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item
from holdfast.api.moments import rfc3339
from holdfast.api.storage import Certificate

SYSTEM_WORKSPACE = "-"


def new_item(certificate: Certificate) -> Item:
    """Return the item that keeps `certificate`."""
    return Item(
        pk=_partition(),
        sk=f"{rfc3339(certificate.checked_at)}#{certificate.id}",
        kind="storage-certificate",
        data=certificate.model_dump(mode="json", by_alias=True),
    )


def latest() -> Certificate | None:
    """Return the latest certificate; None before the first."""
    found = queries.query(_partition(), forward=False, limit=1).items
    return Certificate.model_validate(found[0].data) if found else None


def _partition() -> str:
    return items.partition(SYSTEM_WORKSPACE, "storage-certificates")
