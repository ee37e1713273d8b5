"""`make_x(**overrides)`: valid by default; a test overrides what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from chalicelib.audit.models import GENESIS, link
from chalicelib.auth.models import Actor
from chalicelib.core import ids
from chalicelib.operations.models.claim import as_claimed
from chalicelib.operations.models.status import queued_deadline
from chalicelib.operations.service.lifecycle import OperationRequest
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.package import PackageRecord
from chalicelib.retention.models.classes import expires_at
from holdfast.api.audit import Event
from holdfast.api.auth import Scope
from holdfast.api.operations import Operation, OperationStatus, OperationType, Outcome, Subject
from holdfast.api.packages import Create, Package, Status
from holdfast.api.releases import NewRelease, Runtime
from holdfast.api.retention import RetentionClass
from holdfast.api.storage import Claim, Finding, KeptCertificate, Signature, State, Verdict

SECRET = "a test secret of more than thirty-two bytes"
WORKSPACE = "acme"
MOMENT = datetime(2026, 3, 14, 15, 9, 26, 535898, tzinfo=UTC)
CODE_SHA256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def make_claims(**overrides: Any) -> dict[str, Any]:
    """The claims of an owner's token, current for an hour; None leaves a claim out."""
    now = datetime.now(UTC)
    claims = {
        "iss": "holdfast",
        "aud": "holdfast",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "sub": "ada",
        "workspaces": {WORKSPACE: {"role": "owner", "tenants": ["*"]}},
    }
    return {name: value for name, value in (claims | overrides).items() if value is not None}


def make_token(
    *, secret: str = SECRET, algorithm: str = "HS256", header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """A signed token; see `make_claims`."""
    return jwt.encode(make_claims(**claims), secret, algorithm=algorithm, headers=header)


def make_member_token(role: str, *, tenants: tuple[str, ...] = ("*",), **claims: Any) -> str:
    """The token of a member of the usual workspace with `role`."""
    return make_token(workspaces={WORKSPACE: {"role": role, "tenants": list(tenants)}}, **claims)


def make_actor(**overrides: Any) -> Actor:
    """Somebody in the usual workspace who may do everything and sees every tenant."""
    values = {
        "user_id": "ada",
        "workspace": WORKSPACE,
        "scopes": frozenset(Scope),
        "tenants": frozenset({"*"}),
    }
    return Actor.model_validate(values | overrides)


def make_create(**overrides: Any) -> Create:
    """A request for a new package."""
    return Create.model_validate({"producer": "nightly", "kind": "junit", "name": "unit tests"} | overrides)


def make_package(**overrides: Any) -> Package:
    """A package that was just created."""
    values: dict[str, Any] = {
        "id": ids.new("pkg"),
        "workspace": WORKSPACE,
        "producer": "nightly",
        "kind": "junit",
        "name": "unit tests",
        "version": None,
        "convention": None,
        "subject": None,
        "status": Status.CREATED,
        "retention_class": RetentionClass.RAW_EVIDENCE,
        "expires_at": expires_at(RetentionClass.RAW_EVIDENCE, MOMENT),
        "holds": [],
        "file_count": 0,
        "total_bytes": 0,
        "manifest_digest": None,
        "created_by": "ada",
        "created_at": MOMENT,
        "finalized_at": None,
        "failure": None,
        "metadata": {},
    }
    return Package.model_validate(values | overrides)


def make_record(**overrides: Any) -> PackageRecord:
    """The record of a package, as the table keeps it."""
    internal = {
        name: overrides.pop(name) for name in ("page_count", "finalize_operation_id") if name in overrides
    }
    described = make_package(**overrides).model_dump(exclude={"metadata"})
    return PackageRecord.model_validate(described | internal)


def make_new_release(**overrides: Any) -> NewRelease:
    """A release of a published function, which needs no bundle in storage."""
    values: dict[str, Any] = {
        "feature": "suites",
        "contract": [{"name": "suite", "type": "string", "required": True}],
        "runtime": Runtime.LAMBDA,
        "digest": CODE_SHA256,
        "function_arn": "arn:aws:lambda:eu-central-1:123456789012:function:suites:7",
    }
    return NewRelease.model_validate(values | overrides)


def make_order(package_id: str = "pkg_1", **overrides: Any) -> OperationRequest:
    """The order to finalize a package by a worker."""
    subject = Subject(kind="package", id=package_id)
    return OperationRequest(OperationType.PACKAGE_FINALIZE, subject, {})._replace(**overrides)


def make_operation(**overrides: Any) -> Operation:
    """A run that was just queued."""
    values: dict[str, Any] = {
        "id": ids.new("op"),
        "workspace": WORKSPACE,
        "tenant": None,
        "type": OperationType.PACKAGE_VERIFY,
        "status": OperationStatus.QUEUED,
        "outcome": Outcome.PENDING,
        "initiator": "ada",
        "identity_hash": None,
        "subject": Subject(kind="package", id="pkg_1"),
        "deadline_at": queued_deadline(OperationType.PACKAGE_VERIFY, MOMENT),
        "created_at": MOMENT,
    }
    return Operation.model_validate(values | overrides)


def make_running(*, at: datetime = MOMENT, attempt: int = 1, **overrides: Any) -> Operation:
    """A run that was claimed at `at`, as often as `attempt` says."""
    queued = make_operation(created_at=at, attempt=attempt - 1, fence=attempt - 1)
    return as_claimed(queued, at).model_copy(update=overrides)


def make_entry(**overrides: Any) -> FileEntry:
    """One declared file, empty."""
    values = {"path": "reports/a.txt", "sha256": SHA256, "size": 0, "media_type": "text/plain"}
    return FileEntry.model_validate(values | overrides)


def make_event(**overrides: Any) -> Event:
    """The first event of a chain."""
    values: dict[str, Any] = {
        "workspace": WORKSPACE,
        "aggregate": "pkg_1",
        "after": (0, GENESIS),
        "action": "packages:package:created",
        "actor": "ada",
        "payload": {"name": "unit tests"},
    }
    return link(**(values | overrides))


def make_chain(length: int, **overrides: Any) -> list[Event]:
    """Events that follow one another."""
    events = [make_event(payload={"step": 1}, **overrides)]
    while len(events) < length:
        last = events[-1]
        events.append(make_event(after=(last.seq, last.hash), payload={"step": last.seq + 1}, **overrides))
    return events


def make_certificate(*, refuted: tuple[Claim, ...] = (Claim.CHECKSUM,), **overrides: Any) -> KeptCertificate:
    """A current certificate; all claims but the `refuted` ones are proven."""
    values: dict[str, Any] = {
        "id": "cert_1",
        "checked_at": MOMENT,
        "backend": "s3",
        "endpoint": "s3-compatible",
        "fingerprint": f"sha256:{SHA256}",
        "claims": [make_finding(claim, refuted=claim in refuted) for claim in Claim],
        "gaps": [],
        "left_behind": [],
        "signature": Signature(value=SHA256),
        "state": State.CURRENT,
    }
    return KeptCertificate.model_validate(values | overrides)


def make_finding(claim: Claim, *, refuted: bool = False) -> Finding:
    """What came of the attack on one claim."""
    return Finding(claim=claim, enforced=Verdict.NO if refuted else Verdict.YES, detail="It was tried.")
