"""The calls under `/packages`."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from holdfast.api.disposals import Delete, DisposalQueued
from holdfast.api.files import Download, File, FilePage
from holdfast.api.manifests import Finalize, Manifest
from holdfast.api.packages import (
    Create,
    Fail,
    Package,
    PackageEvent,
    PackageEventPage,
    PackagePage,
    PackageQuery,
    PackageSummary,
    Queued,
)
from holdfast.api.uploads import DeclaredFile, Plan, UploadPlan
from holdfast.api.verifications import FileVerdict, VerdictPage
from holdfast.client.operations import Operations
from holdfast.client.transport import Transport, store_request
from holdfast.client.validation import check, parse
from holdfast.client.waiting import Pause
from holdfast.errors import OperationFailed

LARGEST_PAGE = 200


class Packages:
    """The calls under `/packages`. Each raises `ApiError` for a refusal, `Unreachable` without an answer."""

    def __init__(self, transport: Transport, *, jobs: int) -> None:
        self.transport = transport
        self.jobs = jobs

    def create(self, **values: Any) -> Package:
        """Create a package with the fields of `Create`. A retry never creates a second package.

        Raises `InputError`, which names each field that breaks a rule, before anything is sent.
        """
        body = check(Create, values).model_dump(mode="json", exclude_unset=True)
        return parse(Package, self.transport.create("/packages", body).content)

    def get(self, package_id: str) -> Package:
        """Return the package with its metadata."""
        return parse(Package, self.transport.get(_of(package_id)).content)

    def list(self, **filters: Any) -> Iterator[PackageSummary]:
        """Yield all packages that the fields of `PackageQuery` select, newest first, page by page.

        Raises `InputError`, which names each filter that breaks a rule.
        """
        query = check(PackageQuery, {"limit": LARGEST_PAGE, **filters})
        params = query.model_dump(mode="json", exclude_none=True)
        for body in self.transport.pages("/packages", params):
            yield from parse(PackagePage, body).items

    def plan(
        self,
        package_id: str,
        files: Sequence[DeclaredFile],
        *,
        replace: bool = False,
        pause: Pause | None = None,
    ) -> UploadPlan:
        """Return the upload instructions for 1 to 500 files.

        The same call again returns new instructions and changes nothing else.
        """
        body = check(Plan, {"files": files, "replace": replace}).model_dump(mode="json")
        answer = self.transport.post(f"{_of(package_id)}/uploads", body, pause=pause)
        return parse(UploadPlan, answer.content)

    def files(self, package_id: str, *, prefix: str = "") -> Iterator[File]:
        """Yield the files whose path starts with `prefix`, sorted by path, page by page."""
        params = {"prefix": prefix or None, "limit": LARGEST_PAGE}
        for body in self.transport.pages(f"{_of(package_id)}/files", params):
            yield from parse(FilePage, body).items

    def finalize(
        self,
        package_id: str,
        *,
        expected_file_count: int | None = None,
        expected_manifest_digest: str | None = None,
        pause: Pause | None = None,
    ) -> Package:
        """Finalize the package. Wait for the worker when the service queues the work.

        The same call on a finalized package has the same answer. Raises `ApiError` (409 INCOMPLETE_PACKAGE
        and others), `OperationFailed` when the worker ended without success.
        """
        values = {
            "expected_file_count": expected_file_count,
            "expected_manifest_digest": expected_manifest_digest,
        }
        body = check(Finalize, values).model_dump(exclude_none=True)
        answer = self.transport.post(f"{_of(package_id)}/finalize", body, pause=pause)
        if answer.status_code != httpx.codes.ACCEPTED:
            return parse(Package, answer.content)
        self._await(parse(Queued, answer.content).operation_id, pause)
        return self.get(package_id)

    def manifest(self, package_id: str) -> Manifest:
        """Return the manifest: the final list of files."""
        return parse(Manifest, self.manifest_bytes(package_id))

    def manifest_bytes(self, package_id: str) -> bytes:
        """Return the exact bytes of the manifest. Their SHA-256 is the package's `manifest_digest`."""
        answer = self.transport.get(f"{_of(package_id)}/manifest")
        if answer.status_code != httpx.codes.FOUND:
            return answer.content
        # a long manifest comes from the store, which must not see the token
        url = answer.headers["location"]
        return self.transport.store(
            lambda: store_request("GET", url, {"accept": "*/*"}), pause=Pause()
        ).content

    def download(self, package_id: str, path: str, *, pause: Pause | None = None) -> Download:
        """Return an address of one file's bytes. It needs no token and is valid for a few minutes."""
        params = {"path": path, "redirect": False}
        answer = self.transport.get(f"{_of(package_id)}/download", params=params, pause=pause)
        return parse(Download, answer.content)

    def fail(self, package_id: str, reason: str) -> Package:
        """Mark the package as failed, permanently."""
        body = check(Fail, {"reason": reason}).model_dump()
        return parse(Package, self.transport.post(f"{_of(package_id)}/fail", body).content)

    def delete(self, package_id: str, reason: str) -> Package:
        """Delete the bytes of an eligible package. Wait for the worker when there are many files.

        The same call on a deleted package has the same answer. Raises `ApiError` (409 NOT_ELIGIBLE),
        `OperationFailed`.
        """
        body = check(Delete, {"reason": reason}).model_dump()
        answer = self.transport.delete(_of(package_id), body)
        if answer.status_code != httpx.codes.ACCEPTED:
            return parse(Package, answer.content)
        self._await(parse(DisposalQueued, answer.content).operation_id, None)
        return self.get(package_id)

    def events(self, package_id: str) -> Iterator[PackageEvent]:
        """Yield the events of the package, oldest first, page by page."""
        for body in self.transport.pages(f"{_of(package_id)}/events", {"limit": LARGEST_PAGE}):
            yield from parse(PackageEventPage, body).items

    def start_verification(self, package_id: str) -> Queued:
        """Let the service hash every stored byte again. Follow the operation to see the result."""
        return parse(Queued, self.transport.post(f"{_of(package_id)}/verify", {}).content)

    def verdicts(self, package_id: str, operation_id: str) -> Iterator[FileVerdict]:
        """Yield the verdict on each file of a verification by the service, sorted by path, page by page."""
        path = f"{_of(package_id)}/verifications/{quote(operation_id, safe='')}"
        for body in self.transport.pages(path, {"limit": LARGEST_PAGE}):
            yield from parse(VerdictPage, body).items

    def _await(self, operation_id: str, pause: Pause | None) -> None:
        operation = Operations(self.transport).wait(operation_id, pause=pause)
        if operation.outcome != "succeeded":
            reasons = "; ".join(f"{failure.code}: {failure.message}" for failure in operation.failures)
            raise OperationFailed(
                "OPERATION_FAILED",
                f"{operation_id} ended as {operation.outcome}: {reasons or 'no reason was recorded'}",
                next_step=" ".join(operation.next_steps),
                operation_id=operation_id,
                failures=[failure.model_dump() for failure in operation.failures],
            )


def _of(package_id: str) -> str:
    return f"/packages/{quote(package_id, safe='')}"
