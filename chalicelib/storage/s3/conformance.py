"""Attacks on a canary in a bucket, each as a client or a holder of the bucket's keys would make it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.core import ids
from chalicelib.core.errors import HoldfastError
from chalicelib.storage.conformance import FIRST, RACERS, SECOND, Seen, finding, not_applicable, race
from chalicelib.storage.keys import probe_folder
from chalicelib.storage.models import ConformanceReport
from chalicelib.storage.s3.bucket import Bucket, send_presigned
from chalicelib.storage.s3.errors import code_of, s3_errors, status_of, unavailable
from chalicelib.storage.s3.lock_conformance import LockConformance
from chalicelib.storage.s3.probe import Enforcement, probe
from chalicelib.storage.s3.signing import CHECKSUM, PAYLOAD_HASH, Operation, put_headers
from chalicelib.storage.s3.versions import S3Versions
from holdfast.api.storage import Claim, Finding, Verdict

TEXT = "text/plain"
_TAKEN = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT})


class Upload(NamedTuple):
    """One upload to a key of the canary."""

    key: str
    body: bytes
    create_only: bool = True


class S3Conformance:
    """One canary, in a folder of its own below the probe folder, which only its own attacks touch."""

    def __init__(self, bucket: Bucket, versions: S3Versions) -> None:
        self._bucket = bucket
        self._versions = versions
        self._folder = f"{probe_folder(bucket.settings.namespace)}/{ids.new('canary')}"

    def run(self) -> ConformanceReport:
        """Carry out every attack, then remove the canary; a failed attack has the verdict `not_checked`."""
        try:
            findings = self._findings()
        finally:
            left_behind = self._clean_up()
        return ConformanceReport(findings, left_behind)

    def _findings(self) -> Sequence[Finding]:
        try:
            enforced = probe(self._attempt, f"{self._folder}/probe")
        except HoldfastError as error:
            unknown = Verdict.NOT_CHECKED
            return [Finding(claim=claim, enforced=unknown, detail=error.message) for claim in Claim]
        return [
            self._finding(Claim.OVERWRITE, lambda: self._overwrite(enforced)),
            self._finding(Claim.RACE, lambda: self._race(enforced)),
            self._finding(Claim.CHECKSUM, lambda: _checksum(enforced)),
            self._finding(Claim.PAYLOAD_HASH, lambda: _payload_hash(enforced)),
            *self._locks(),
            self._finding(Claim.MULTIPART, self._multipart),
        ]

    def _overwrite(self, enforced: Enforcement) -> Seen:
        key = f"{self._folder}/overwrite"
        self._send(Upload(key, FIRST, create_only=False), enforced)
        status = self._send(Upload(key, SECOND), enforced)
        if self._read(key) == FIRST:
            known = "was refused" if status in _TAKEN else f"was answered with status {status}"
            return status in _TAKEN, f"A second create-only upload {known}, and the first bytes stayed."
        if len(self._versions.of(key)) > 1:
            return False, "A second create-only upload was stored: a new version hides the first bytes."
        return False, "A second create-only upload was stored over the first bytes."

    def _race(self, enforced: Enforcement) -> Seen:
        key = f"{self._folder}/race"
        statuses = race(lambda body: self._send(Upload(key, body), enforced))
        stored = sum(status == HTTPStatus.OK for status in statuses)
        if not stored:
            raise unavailable(f"None of {RACERS} create-only uploads at once was stored.")
        return (
            stored == 1,
            f"Of {RACERS} create-only uploads at once, {stored} {'was' if stored == 1 else 'were'} stored.",
        )

    def _locks(self) -> list[Finding]:
        if not self._bucket.settings.s3_object_lock:
            off = "HOLDFAST_S3_OBJECT_LOCK is off."
            return not_applicable(off, Claim.DELETE_UNDER_LOCK, Claim.SHORTENED_LOCK)
        canary = LockConformance(self._bucket, self._versions, f"{self._folder}/locks")
        return [
            self._finding(Claim.DELETE_UNDER_LOCK, canary.delete),
            self._finding(Claim.SHORTENED_LOCK, canary.shorten),
        ]

    def _multipart(self) -> Seen:
        client, at = self._bucket.client, self._at(f"{self._folder}/parts")
        client.put_object(**at, Body=FIRST)
        upload = {**at, "UploadId": client.create_multipart_upload(**at)["UploadId"]}
        part = client.upload_part(**upload, PartNumber=1, Body=SECOND)
        parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        try:
            client.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")
        except ClientError as error:
            client.abort_multipart_upload(**upload)
            if status_of(error) not in _TAKEN:
                raise
        kept = self._read(at["Key"]) == FIRST
        return kept, f"A create-only join of parts was {'refused' if kept else 'stored over another object'}."

    def _finding(self, claim: Claim, attack: Callable[[], Seen]) -> Finding:
        return finding(claim, lambda: _with_store_errors(attack))

    def _send(self, upload: Upload, enforced: Enforcement) -> int:
        sha256 = hashlib.sha256(upload.body).hexdigest()
        headers = put_headers(size=len(upload.body), sha256=sha256, media_type=TEXT)
        taken = enforced._replace(create_only=upload.create_only).bound(headers)
        return self._attempt(upload.key, taken, upload.body)

    def _attempt(self, key: str, headers: Mapping[str, str], body: bytes) -> int:
        return send_presigned(self._bucket, Operation("PUT", key, headers), body)

    def _read(self, key: str) -> bytes:
        return self._bucket.client.get_object(**self._at(key))["Body"].read()

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket.name, "Key": key}

    def _clean_up(self) -> Sequence[str]:
        try:
            return self._versions.discard(f"{self._folder}/")
        except HoldfastError:
            return [f"{self._folder}/"]  # the store fails now, so it is unknown which objects are left


def _checksum(enforced: Enforcement) -> Seen:
    seen = "refused" if enforced.checksum else "stored"
    return enforced.checksum, f"An upload whose {CHECKSUM} belongs to other bytes was {seen}."


def _payload_hash(enforced: Enforcement) -> Seen:
    if not enforced.signs_payload:
        return False, f"The store accepts no {PAYLOAD_HASH} in a presigned request, so uploads leave it out."
    seen = "refused" if enforced.payload_hash else "stored"
    return enforced.payload_hash, f"An upload whose signed {PAYLOAD_HASH} belongs to other bytes was {seen}."


def _with_store_errors(attack: Callable[[], Seen]) -> Seen:
    with s3_errors():
        try:
            return attack()
        except ClientError as error:
            if status_of(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise unavailable(f"The store answered {code_of(error)} ({status_of(error)}).") from error
            raise
