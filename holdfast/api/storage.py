"""Locations of stored bytes, and certificates of what a store enforces."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from holdfast.api.schema import Entity

SCHEMA = "holdfast/store-certificate/v1"


class Claim(StrEnum):
    """A protection that a store may enforce."""

    OVERWRITE = "overwrite-refused"
    RACE = "create-only-race"
    CHECKSUM = "wrong-checksum-refused"
    PAYLOAD_HASH = "wrong-payload-hash-refused"
    DELETE_UNDER_LOCK = "delete-under-lock-refused"
    SHORTENED_LOCK = "shortened-lock-refused"
    MULTIPART = "multipart-condition"


class Verdict(StrEnum):
    """The verdict on one claim after an attack on a canary."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"


class State(StrEnum):
    """The state of a stored certificate: current, outdated or altered."""

    CURRENT = "current"
    OUTDATED = "outdated"
    ALTERED = "altered"


class Finding(Entity):
    """One claim, the verdict on it, and the observation behind the verdict."""

    claim: Claim
    enforced: Verdict
    detail: str


class Signature(Entity):
    """A keyed hash over the canonical JSON of the certificate without its signature."""

    algorithm: str = "HMAC-SHA256"
    value: str


class Certificate(Entity):
    """The protections that one store enforced at one moment, with its configuration then."""

    schema_: str = Field(SCHEMA, alias="schema")
    id: str
    checked_at: datetime
    backend: str
    endpoint: str = Field(description="`aws`, `s3-compatible` or `files`; never an address.")
    fingerprint: str = Field(description="The fingerprint of the store's configuration, without secrets.")
    claims: list[Finding]
    gaps: list[str] = Field(
        description="Protections that Holdfast relies on here and the store was not seen to enforce."
    )
    left_behind: list[str] = Field(
        description="Keys of canaries that could not be deleted, because of a lock or of the store."
    )
    signature: Signature


class KeptCertificate(Certificate):
    """A stored certificate with its present state."""

    state: State


class CertificateState(Entity):
    """A short form of the latest certificate."""

    id: str
    state: State
    checked_at: datetime
    not_enforced: list[Claim]
    gaps: list[str]

    @property
    def alarming(self) -> bool:
        """Return whether a needed protection was not proven, or the certificate was altered."""
        return bool(self.gaps) or self.state is State.ALTERED


class Location(Entity):
    """The location of one file's bytes: `[offset, offset + length)` of the object under `key`."""

    backend: str
    key: str
    offset: int
    length: int
