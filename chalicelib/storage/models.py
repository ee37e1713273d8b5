"""Claims, verdicts and certificates, and which claims Holdfast relies on; pure.

The concept: docs/concepts/storage-enforcement.md.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from holdfast.api.storage import (
    Certificate,
    CertificateState,
    Claim,
    Finding,
    KeptCertificate,
    State,
    Verdict,
)

RENEW_AFTER = timedelta(hours=24)
OUTDATED_AFTER = timedelta(hours=48)


class ConformanceReport(NamedTuple):
    """The results of all attacks on one canary; `left_behind` are the keys that could not be removed."""

    findings: Sequence[Finding]
    left_behind: Sequence[str]


class Reliance(NamedTuple):
    """The promises that the configuration expects of the store: to refuse other bytes, and to keep locks."""

    proofs: bool
    locks: bool


def gaps(findings: Sequence[Finding], reliance: Reliance) -> list[str]:
    """Return a sentence for each promise that Holdfast relies on and that the store did not prove.

    One of the two proofs of content is enough.
    """
    proven = {finding.claim for finding in findings if finding.enforced is Verdict.YES}
    found: list[str] = []
    if reliance.proofs and not proven & {Claim.CHECKSUM, Claim.PAYLOAD_HASH}:
        found.append(
            "The store did not prove that it refuses wrong bytes: set HOLDFAST_S3_INTEGRITY=readback."
        )
    if reliance.locks and not proven >= {Claim.DELETE_UNDER_LOCK, Claim.SHORTENED_LOCK}:
        found.append(
            "The store did not prove that it keeps locks, and HOLDFAST_S3_OBJECT_LOCK relies on them."
        )
    return found


def state(certificate: Certificate, *, authentic: bool, fingerprint: str, now: datetime) -> State:
    """Return the state of a certificate at `now`, in a deployment whose store has `fingerprint`."""
    if not authentic:
        return State.ALTERED
    if certificate.fingerprint != fingerprint or now >= certificate.checked_at + OUTDATED_AFTER:
        return State.OUTDATED
    return State.CURRENT


def due(kept: KeptCertificate | None, now: datetime) -> bool:
    """Return whether it is time for a new certificate."""
    return kept is None or kept.state is not State.CURRENT or now >= kept.checked_at + RENEW_AFTER


def short(kept: KeptCertificate) -> CertificateState:
    """Return `kept` without the details of its findings."""
    refuted = [finding.claim for finding in kept.claims if finding.enforced is Verdict.NO]
    return CertificateState(
        id=kept.id, state=kept.state, checked_at=kept.checked_at, not_enforced=refuted, gaps=kept.gaps
    )
