"""Certificates: attack a canary, sign the findings, keep them, and return the latest.

A *canary* is a few small objects in a folder of their own below the probe folder; nothing else is touched.
Each *claim* is attacked by itself and gets a *verdict*: `yes` (the store refused the attack), `no` (it did
not), `not_applicable` (there is nothing to attack here, or it is switched off), `not_checked` (the attack
could not be carried out). Only proven claims count as enforced. A *gap* is a claim that Holdfast relies on,
as it is configured, and that was not proven. A store may enforce less where nothing relies on it.

A certificate is written once and never changed. It belongs to one configuration of one store, known by a
*fingerprint* without any secret. Its signature covers every field. It is `current` until it is two days old
or the configuration changes (`outdated`). A certificate with a wrong signature is `altered`.

See docs/concepts/storage-enforcement.md.
"""

import hashlib
import hmac
from datetime import datetime

from chalicelib.core import canonical, clock, ids
from chalicelib.core.errors import not_found
from chalicelib.core.secrets import derived_key
from chalicelib.core.settings import Integrity, Settings, StorageKind, settings
from chalicelib.dynamodb.transaction import transact
from chalicelib.storage import store
from chalicelib.storage.models import ConformanceReport, Reliance, due, gaps, state
from chalicelib.storage.service import storage
from holdfast.api.storage import SCHEMA, Certificate, KeptCertificate, Signature

_CONFIGURED = (
    "storage",
    "filesystem_root",
    "s3_bucket",
    "s3_endpoint_url",
    "s3_region",
    "s3_addressing_style",
    "s3_object_lock",
    "s3_object_lock_mode",
    "s3_integrity",
)


def certify() -> KeptCertificate:
    """Attack a canary now and keep the signed findings as a certificate. Several callers may do so at once.

    A store that does not answer gets a certificate that says so. Raises `Unavailable` when the table does not
    answer or there is no secret to sign with.
    """
    certificate = _sign(storage().certify(), clock.now())
    with transact() as transaction:
        transaction.save(store.new_item(certificate))
    return _with_verdict(certificate)


def certify_when_due() -> KeptCertificate | None:
    """Certify when the latest certificate is a day old or not current; return None otherwise."""
    kept = _latest()
    return certify() if due(kept, clock.now()) else None


def latest() -> KeptCertificate:
    """Return the latest certificate; raise `NotFound` before the first."""
    found = _latest()
    if found is None:
        raise not_found()
    return found


def _latest() -> KeptCertificate | None:
    found = store.latest()
    return _with_verdict(found) if found else None


def _with_verdict(certificate: Certificate) -> KeptCertificate:
    authentic = hmac.compare_digest(_signature(certificate), certificate.signature.value)
    worth = state(certificate, authentic=authentic, fingerprint=_fingerprint(), now=clock.now())
    return KeptCertificate.model_validate({**certificate.model_dump(by_alias=True), "state": worth})


def _sign(attacked: ConformanceReport, at: datetime) -> Certificate:
    current = settings()
    unsigned = Certificate(
        schema=SCHEMA,
        id=ids.new("cert"),
        checked_at=at,
        backend=storage().backend,
        endpoint=_endpoint(current),
        fingerprint=_fingerprint(),
        claims=list(attacked.findings),
        gaps=gaps(attacked.findings, _reliance(current)),
        left_behind=list(attacked.left_behind),
        signature=Signature(value=""),
    )
    return unsigned.model_copy(update={"signature": Signature(value=_signature(unsigned))})


def _signature(certificate: Certificate) -> str:
    signed = certificate.model_dump(mode="json", by_alias=True, exclude={"signature": {"value"}})
    return hmac.digest(derived_key("storage-certificate"), canonical.encode(signed), hashlib.sha256).hex()


def _reliance(current: Settings) -> Reliance:
    proofs = current.storage is StorageKind.FILESYSTEM or current.s3_integrity is Integrity.STORE
    return Reliance(proofs=proofs, locks=current.s3_object_lock)


def _endpoint(current: Settings) -> str:
    if current.storage is StorageKind.FILESYSTEM:
        return "files"
    return "s3-compatible" if current.s3_endpoint_url else "aws"


def _fingerprint() -> str:
    return canonical.digest(settings().model_dump(mode="json", include=set(_CONFIGURED)))
