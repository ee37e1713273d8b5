"""A bounded room for the bytes of small files between hashing and upload, so that each is read once."""

from threading import Condition

CAPACITY_BYTES = 64 * 1024 * 1024


class Buffer:
    """A count of the bytes in memory. Bytes whose upload is planned are *leaving*: they make room."""

    def __init__(self, capacity: int = CAPACITY_BYTES) -> None:
        self.capacity = capacity
        self._held = 0
        self._leaving = 0
        self._changed = Condition()

    def reserve(self, size: int) -> bool:
        """Reserve room for `size` bytes and return True. Wait while leaving bytes may make room.

        Return False when there will be no room. Then the caller keeps no bytes, and reads the file again for
        the upload.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._fits(size) or not self._leaving)
            if not self._fits(size):
                return False
            self._held += size
            return True

    def depart(self, size: int) -> None:
        """Mark `size` reserved bytes as leaving: `release` will follow without another upload plan."""
        with self._changed:
            self._leaving += size

    def release(self, size: int) -> None:
        """Make the room of `size` leaving bytes free again."""
        with self._changed:
            self._held -= size
            self._leaving -= size
            self._changed.notify_all()

    def _fits(self, size: int) -> bool:
        return self._held + size <= self.capacity
