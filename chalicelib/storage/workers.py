"""The schedule that keeps a certificate current."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.metrics import count
from chalicelib.storage import certificates

bp = Blueprint(__name__)


# hourly, so a new deployment or another store soon has a certificate; an attack is due once a day
@bp.schedule("rate(1 hour)")
def certify_storage(event: CloudWatchEvent) -> dict[str, Any]:  # noqa: ARG001  Chalice passes it
    """Attack the canary of the store when a certificate is due, and return its id, or None, and its gaps."""
    made = certificates.certify_when_due()
    if made is None:
        return {"id": None, "gaps": []}
    count("StorageGaps", len(made.gaps))
    return {"id": made.id, "gaps": made.gaps}
