"""The health of a store, measured in use: one small object is written, read back and removed."""

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.core import clock, ids
from chalicelib.core.errors import HoldfastError
from chalicelib.storage.keys import probe_folder
from chalicelib.storage.protocol import Health, Storage

BYTES = b"Holdfast reads this back."


def round_trip(storage: Storage, namespace: str, remove: Callable[[str], object]) -> Health:
    """Write, read back and `remove` an object in the probe folder. A failing store raises no error."""
    started = clock.now()
    try:
        returned = _write_and_read(storage, f"{probe_folder(namespace)}/{ids.new('health')}", remove)
    except HoldfastError as error:
        return Health(ok=False, latency_ms=_elapsed_ms(started), detail=error.message)
    if returned != BYTES:
        return Health(ok=False, latency_ms=_elapsed_ms(started), detail="The store returned other bytes.")
    return Health(ok=True, latency_ms=_elapsed_ms(started), detail="Written, read back and removed.")


def _write_and_read(storage: Storage, key: str, remove: Callable[[str], object]) -> bytes:
    storage.put(key, io.BytesIO(BYTES), len(BYTES), hashlib.sha256(BYTES).hexdigest())
    try:
        return b"".join(storage.get(key))
    finally:
        remove(key)


def _elapsed_ms(started: datetime) -> float:
    return (clock.now() - started) / timedelta(milliseconds=1)
