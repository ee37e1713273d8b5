"""Holds: named reasons to keep a package, whatever its date (docs/concepts/retention.md)."""

from urllib.parse import quote

from holdfast.api.packages import Package
from holdfast.api.retention import ApplyHold, Hold, ReleaseHold
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse


class Holds:
    """The holds of packages. Every call raises `ApiError` for a refusal, `Unreachable` without an answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def apply(self, package_id: str, name: str, *, reason: str) -> Package:
        """Keep the package under `name` until that hold is released. A retry applies the hold once.

        Raises `ApiError` (409 HOLD_EXISTS) for a name that is on the package already.
        """
        body = check(ApplyHold, {"name": name, "reason": reason}).model_dump()
        return parse(Package, self._transport.create(f"{_of(package_id)}/holds", body).content)

    def release(self, package_id: str, name: str, *, reason: str) -> Package:
        """Release one hold of the package. A retry releases the hold once.

        Raises `ApiError` (404 HOLD_NOT_FOUND) when the package does not have the hold.
        """
        body = check(ReleaseHold, {"reason": reason}).model_dump()
        path = f"{_of(package_id)}/holds/{quote(name, safe='')}"
        return parse(Package, self._transport.take_off(path, body).content)

    def list(self, package_id: str) -> list[Hold]:
        """Return the holds on the package, oldest first."""
        return parse(Package, self._transport.get(_of(package_id)).content).holds


def _of(package_id: str) -> str:
    return f"/packages/{quote(package_id, safe='')}"
