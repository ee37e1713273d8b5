"""Claims, verdicts and certificates, and which claims Holdfast relies on; pure (proofs.md)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from chalicelib.core.schema import Entity

SCHEMA = "holdfast/store-certificate/v1"
RENEW_AFTER = timedelta(hours=24)
OUTDATED_AFTER = timedelta(hours=48)


class Claim(StrEnum):
    """What a store may enforce."""

    OVERWRITE = "overwrite-refused"
    RACE = "create-only-race"
    CHECKSUM = "wrong-checksum-refused"
    PAYLOAD_HASH = "wrong-payload-hash-refused"
    DELETE_UNDER_LOCK = "delete-under-lock-refused"
    SHORTENED_LOCK = "shortened-lock-refused"
    MULTIPART = "multipart-condition"


class Verdict(StrEnum):
    """What came of an attack."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"


class State(StrEnum):
    """Whether a kept certificate can be relied on."""

    CURRENT = "current"
    OUTDATED = "outdated"
    ALTERED = "altered"


class Finding(Entity):
    """One claim, whether the store enforces it, and what was seen."""

    claim: Claim
    enforced: Verdict
    detail: str


class Attacked(NamedTuple):
    """What came of all attacks on one canary; `left_behind` are the keys that could not be removed."""

    findings: Sequence[Finding]
    left_behind: Sequence[str]


class Reliance(NamedTuple):
    """What the configuration relies on the store for: to refuse other bytes, and to keep locks."""

    proofs: bool
    locks: bool


class Signature(Entity):
    """A keyed hash over the canonical JSON of the certificate without it."""

    algorithm: str = "HMAC-SHA256"
    value: str


class Certificate(Entity):
    """What one store enforced at one moment, as it was configured then."""

    schema_: str = Field(SCHEMA, alias="schema")
    id: str
    checked_at: datetime
    backend: str
    endpoint: str = Field(description="`aws`, `s3-compatible` or `files`; never an address.")
    fingerprint: str = Field(description="Of the store's configuration, without secrets.")
    claims: list[Finding]
    gaps: list[str] = Field(description="What Holdfast relies on here and the store was not seen to enforce.")
    left_behind: list[str] = Field(description="Keys of canaries that a lock or the store did not let go.")
    signature: Signature


class KeptCertificate(Certificate):
    """A certificate as it is kept, and whether it can be relied on now."""

    state: State


class CertificateState(Entity):
    """The latest certificate in short."""

    id: str
    state: State
    checked_at: datetime
    not_enforced: list[Claim]
    gaps: list[str]

    @property
    def alarming(self) -> bool:
        """Whether something that is relied on was not proven, or the certificate is not as it was signed."""
        return bool(self.gaps) or self.state is State.ALTERED


def gaps(findings: Sequence[Finding], reliance: Reliance) -> list[str]:
    """What is relied on and was not proven, a sentence each; one of both proofs of content is enough."""
    proven = {finding.claim for finding in findings if finding.enforced is Verdict.YES}
    found: list[str] = []
    if reliance.proofs and not proven & {Claim.CHECKSUM, Claim.PAYLOAD_HASH}:
        found.append(
            "The store was not seen to refuse other bytes than declared: set HOLDFAST_S3_INTEGRITY=readback."
        )
    if reliance.locks and not proven >= {Claim.DELETE_UNDER_LOCK, Claim.SHORTENED_LOCK}:
        found.append("The store was not seen to keep locks, and HOLDFAST_S3_OBJECT_LOCK relies on them.")
    return found


def state(certificate: Certificate, *, authentic: bool, fingerprint: str, now: datetime) -> State:
    """What a certificate is worth at `now`, in a deployment whose store has `fingerprint`."""
    if not authentic:
        return State.ALTERED
    if certificate.fingerprint != fingerprint or now >= certificate.checked_at + OUTDATED_AFTER:
        return State.OUTDATED
    return State.CURRENT


def due(kept: KeptCertificate | None, now: datetime) -> bool:
    """Whether it is time for a new certificate."""
    return kept is None or kept.state is not State.CURRENT or now >= kept.checked_at + RENEW_AFTER


def short(kept: KeptCertificate) -> CertificateState:
    """`kept` without what was seen."""
    refuted = [finding.claim for finding in kept.claims if finding.enforced is Verdict.NO]
    return CertificateState(
        id=kept.id, state=kept.state, checked_at=kept.checked_at, not_enforced=refuted, gaps=kept.gaps
    )
