"""One package of the fake service: its files, and how it moves (docs/concepts/packages.md)."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.fakes.api import FakeApi

NOW = "2026-03-14T09:00:00Z"
LATER = "2999-01-01T00:00:00Z"
EMPTY: dict[str, Any] = {
    "workspace": "qa",
    "version": None,
    "convention": None,
    "subject": None,
    "retention_class": "raw-evidence",
    "expires_at": "2026-06-12T09:00:00Z",
    "holds": [],
    "file_count": 0,
    "total_bytes": 0,
    "manifest_digest": None,
    "created_by": "dana",
    "created_at": NOW,
    "finalized_at": None,
    "failure": None,
    "metadata": {},
}


class Refused(Exception):
    """A refusal, as the service would answer it."""

    def __init__(self, status: int, code: str, **details: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.details = status, code, details


@dataclass
class FakePackage:
    """Fields as answered; files as declared, by path."""

    fields: dict[str, Any]
    api: "FakeApi"
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def create(cls, number: int, body: dict[str, Any], api: "FakeApi") -> "FakePackage":
        """The package that POST /packages makes."""
        return cls({**EMPTY, **body, "id": f"pkg_{number}", "status": "created"}, api)

    def shown(self) -> dict[str, Any]:
        """The package as answered."""
        return dict(self.fields)

    def planned(self, body: dict[str, Any]) -> dict[str, Any]:
        """Instructions for each declared file."""
        if self.fields["status"] not in {"created", "uploading"}:
            raise Refused(409, "INVALID_STATE")
        known = [file for file in body["files"] if self.files.get(file["path"], file) != file]
        if known:
            raise Refused(409, "DUPLICATE_PATH", paths=[file["path"] for file in known])
        self.fields["status"] = "uploading"
        self.files |= {file["path"]: file for file in body["files"]}
        self.fields["file_count"] = len(self.files)
        self.fields["total_bytes"] = sum(file["size"] for file in self.files.values())
        return {"items": [self._instruction(file) for file in body["files"]]}

    def declare(self, path: str, body: bytes) -> None:
        """A stored file under a path that was never checked."""
        sha256 = hashlib.sha256(body).hexdigest()
        self.files[path] = {"path": path, "sha256": sha256, "size": len(body), "media_type": "text/plain"}
        self.api.store.objects[sha256] = body

    def finalized(self, body: dict[str, Any]) -> dict[str, Any]:
        """The package, finalized."""
        wrong = [{"path": path, "reason": "missing"} for path in self.files if not self._proven(path)]
        if wrong:
            raise Refused(409, "INCOMPLETE_PACKAGE", files=wrong)
        digest = f"sha256:{hashlib.sha256(self._manifest()).hexdigest()}"
        if body.get("expected_file_count", len(self.files)) != len(self.files):
            raise Refused(409, "UNEXPECTED_FILE_COUNT")
        if body.get("expected_manifest_digest", digest) != digest:
            raise Refused(409, "UNEXPECTED_MANIFEST")
        self.fields |= {"status": "finalized", "manifest_digest": digest, "finalized_at": NOW}
        for path in self.files:
            self.api.store.objects.setdefault(self.key(path), self.api.store.joined(self.key(path)) or b"")
        return self.shown()

    def manifest(self) -> bytes:
        """The manifest of a finalized package."""
        if self.fields["manifest_digest"] is None:
            raise Refused(409, "INVALID_STATE")
        return self._manifest()

    def file_rows(self, prefix: str) -> list[dict[str, Any]]:
        """The files as listed."""
        return [
            {
                **file,
                "state": "stored" if self._proven(path) else "pending",
                "storage": {"backend": "s3", "key": self.key(path), "offset": 0, "length": file["size"]},
                "uploaded_at": NOW,
            }
            for path, file in sorted(self.files.items())
            if path.startswith(prefix)
        ]

    def events(self) -> list[dict[str, Any]]:
        """Three events, so that there are two pages."""
        return [self._event(number) for number in (1, 2, 3)]

    def download(self, path: str) -> dict[str, Any]:
        """Where the file's bytes are."""
        if path not in self.files:
            raise Refused(404, "NOT_FOUND")
        return {"url": self.api.store.get_url(self.key(path)), "expires_at": LATER}

    def fail(self, reason: str) -> dict[str, Any]:
        """The package, marked as failed."""
        failure = {"reason": reason, "failed_by": "dana", "failed_at": NOW}
        self.fields |= {"status": "failed", "failure": failure}
        return self.shown()

    def key(self, path: str) -> str:
        """Where a file's bytes lie: by content, and large files each by itself."""
        file = self.files[path]
        large = file["size"] > self.api.part_bytes
        return f"multipart/{list(self.files).index(path)}" if large else str(file["sha256"])

    def _instruction(self, file: dict[str, Any]) -> dict[str, Any]:
        key = self.key(file["path"])
        if key in self.api.store.objects:
            return {"path": file["path"], "stored": True}
        if file["size"] > self.api.part_bytes:
            return {"path": file["path"], "stored": False, "parts": self._parts(key, file["size"])}
        headers = {"x-amz-content-sha256": file["sha256"], "if-none-match": "*"}
        url = self.api.store.put_url(key)
        sent = {"stored": False, "method": "PUT", "url": url, "headers": headers, "expires_at": LATER}
        return {"path": file["path"], **sent}

    def _parts(self, key: str, size: int) -> list[dict[str, Any]]:
        step = self.api.part_bytes
        return [
            {
                "number": number,
                "offset": offset,
                "length": min(step, size - offset),
                "method": "PUT",
                "url": self.api.store.part_url(key, number),
                "headers": {},
                "expires_at": LATER,
            }
            for number, offset in enumerate(range(0, size, step), start=1)
            if number not in self.api.store.parts.get(key, {})
        ]

    def _proven(self, path: str) -> bool:
        body = self.api.store.joined(self.key(path))
        return body is not None and hashlib.sha256(body).hexdigest() == self.files[path]["sha256"]

    def _manifest(self) -> bytes:
        # written down once more by hand: the client's own way must not check itself
        identity = {
            name: self.fields[name] for name in ("id", "workspace", "producer", "kind", "name", "version")
        }
        manifest = {
            "schema": "urn:holdfast:manifest:1",
            "package": identity,
            "files": [self.files[path] for path in sorted(self.files)],
        }
        text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    def _event(self, number: int) -> dict[str, Any]:
        return {
            "workspace": "qa",
            "aggregate": self.fields["id"],
            "seq": number,
            "prev": "0" * 64,
            "action": "packages:files:planned",
            "actor": "dana",
            "at": NOW,
            "payload_digest": "sha256:" + "0" * 64,
            "hash": "0" * 64,
            "payload": {},
            "id": f"{self.fields['id']}:{number}",
            "package_id": self.fields["id"],
            "type": None,
            "reason": None,
            "before": None,
            "after": None,
        }
