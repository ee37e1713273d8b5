"""A finalized package in a store that a test can reach: to spoil its bytes, and to have them verified."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.served import Served, answered
from tests.support.wire import listening, lost

FILES = {name: name.encode() for name in ("a", "b", "c", "d", "e")}


class Finalized:
    """A finalized package of a `served` workspace."""

    def __init__(self, served: Served, package_id: str) -> None:
        self.served, self.id = served, package_id

    def key(self, path: str) -> str:
        """Where the store keeps the bytes of a file."""
        return str(self.served.files(self.id)[path]["storage"]["key"])

    def alter(self, path: str) -> None:
        """Let other bytes lie where those of a file were."""
        self.served.s3.put_object(Bucket=self.served.bucket, Key=self.key(path), Body=b"other")

    def lose(self, path: str) -> None:
        """Let nothing lie where the bytes of a file were."""
        self.served.s3.delete_object(Bucket=self.served.bucket, Key=self.key(path))

    @contextmanager
    def unreadable(self, path: str) -> Iterator[None]:
        """Let the store not answer for the bytes of a file inside the block."""
        key = self.key(path)

        def break_off(params: dict[str, Any], **_: Any) -> None:
            if params["url_path"].endswith(key):
                raise lost()

        with listening("before-call.s3.GetObject", break_off):
            yield

    def ask(self) -> str:
        """Ask for a verification; the id of its run."""
        return str(answered(self.served.api.post(f"/packages/{self.id}/verify"), 202)["operation_id"])

    def verdicts_by_path(self, operation_id: str) -> dict[str, str]:
        """The verdict on each file that has one, by path."""
        target = f"/packages/{self.id}/verifications/{operation_id}"
        return {found["path"]: found["verdict"] for found in self.served.pages(target)}
