"""Where bytes are, and what the store was seen to enforce."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import Field

from holdfast.api.schema import Entity

if TYPE_CHECKING:
    pass


SCHEMA = "holdfast/store-certificate/v1"


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


class Location(Entity):
    """Where the bytes of one file are: `[offset, offset + length)` of the object under `key`."""

    backend: str
    key: str
    offset: int
    length: int
