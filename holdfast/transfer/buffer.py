"""Room for the bytes of small files between hashing and sending, bounded, so that they are read once."""

from threading import Condition

CAPACITY_BYTES = 64 * 1024 * 1024


class Buffer:
    """Counts bytes that are held. Bytes are *leaving* once they are planned: only those make room again."""

    def __init__(self, capacity: int = CAPACITY_BYTES) -> None:
        self.capacity = capacity
        self._held = 0
        self._leaving = 0
        self._changed = Condition()

    def reserve(self, size: int) -> bool:
        """Take room for `size` bytes, waiting while bytes are leaving; False when none will come.

        Without room the caller keeps nothing, and reads the file again when it is sent.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._fits(size) or not self._leaving)
            if not self._fits(size):
                return False
            self._held += size
            return True

    def depart(self, size: int) -> None:
        """`size` reserved bytes are on their way out: `release` will follow without further planning."""
        with self._changed:
            self._leaving += size

    def release(self, size: int) -> None:
        """`size` bytes that were leaving are gone."""
        with self._changed:
            self._held -= size
            self._leaving -= size
            self._changed.notify_all()

    def _fits(self, size: int) -> bool:
        return self._held + size <= self.capacity
