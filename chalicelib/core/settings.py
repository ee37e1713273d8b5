"""The only reader of the environment. Each setting is `HOLDFAST_` and the field's name in capitals.

An empty variable counts as unset.
A test holds docs/reference/configuration.md against this model.
"""

import json
import os
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from chalicelib.core.extra_issuer import ExtraIssuer
from holdfast.api.schema import Entity

PREFIX = "HOLDFAST_"
MIB = 1024 * 1024


class StorageKind(StrEnum):
    """The adapter that keeps the bytes of packages."""

    S3 = "s3"
    FILESYSTEM = "filesystem"


class Integrity(StrEnum):
    """The proof that stored bytes are the declared ones (docs/concepts/storage-enforcement.md)."""

    STORE = "store"
    READBACK = "readback"


class LockMode(StrEnum):
    """The right to undo a retain-until date: of somebody with a permission for it, or of nobody."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


class Settings(Entity):
    """The whole configuration, read once, frozen."""

    # the input stays out of errors: what was mistaken for a setting may be a secret
    model_config = ConfigDict(extra="forbid", validate_default=True, hide_input_in_errors=True)

    stage: str = Field("local", description="Deployment stage; `local` permits local-only settings.")
    namespace: str = Field(
        "main", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="First part of every table and storage key."
    )
    serves: str = Field(
        "",
        pattern=r"^([a-z]+(,[a-z]+)*)?$",
        description="Domains whose routes are served, separated by commas; empty = all, and workers.",
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")
    public_url: str = Field(
        "http://127.0.0.1:8000/api",
        description="Where clients reach the API; upload URLs of `filesystem` start so.",
    )

    table_name: str = Field("holdfast", description="The DynamoDB table.")
    dynamodb_endpoint_url: str | None = Field(None, description="Another DynamoDB endpoint than AWS's.")
    sqs_endpoint_url: str | None = Field(None, description="Another SQS endpoint than AWS's.")
    secrets_endpoint_url: str | None = Field(None, description="Another Secrets Manager endpoint than AWS's.")
    lambda_endpoint_url: str | None = Field(None, description="Another Lambda endpoint than AWS's.")
    queue_url_prefix: str = Field("", description="URL of the work queues up to the queue's own name.")

    storage: StorageKind = Field(StorageKind.S3, description="Storage adapter: `s3` or `filesystem`.")
    filesystem_root: str = Field(".holdfast/objects", description="Folder of the `filesystem` adapter.")
    s3_bucket: str = Field("holdfast", description="Bucket of the `s3` adapter.")
    s3_endpoint_url: str | None = Field(
        None, description="S3-compatible endpoint (Ceph RGW, MinIO); empty = AWS."
    )
    s3_region: str = Field("us-east-1", description="Region that requests to the store are signed for.")
    s3_addressing_style: str = Field(
        "auto", pattern="^(auto|path|virtual)$", description="`path` for most stores that are not AWS."
    )
    s3_access_key_id: str | None = Field(
        None, description="Access key of the store, when it is not the role's."
    )
    s3_secret_access_key: SecretStr | None = Field(None, description="Secret of that access key.")
    s3_ca_bundle: str | None = Field(
        None, description="PEM file of the authority that signed the store's certificate."
    )
    s3_object_lock: bool = Field(False, description="Mirror retention and holds to Object Lock.")
    s3_object_lock_mode: LockMode = Field(
        LockMode.GOVERNANCE,
        description="`GOVERNANCE`, or `COMPLIANCE`, which nobody can undo before the date has passed.",
    )
    s3_integrity: Integrity = Field(
        Integrity.STORE,
        description="`store`: a probe proves that the store refuses other bytes; `readback`: re-hash.",
    )
    upload_url_ttl_s: int = Field(
        3600, ge=60, le=43_200, description="Seconds that an upload URL is good for."
    )
    download_url_ttl_s: int = Field(
        300, ge=10, le=43_200, description="Seconds that a download URL is good for."
    )
    multipart_threshold_bytes: int = Field(
        64 * MIB, ge=5 * MIB, le=5 * 1024 * MIB, description="Files over this are sent in parts of this size."
    )

    integrity_sweep_bytes: int = Field(
        20 * 1024 * MIB, ge=1, description="Bytes that one integrity sweep reads and hashes at most."
    )
    integrity_recheck_days: int = Field(
        30, ge=1, le=3650, description="Days after which a package's stored bytes are hashed again."
    )
    hook_memory_max_mib: int = Field(
        2560, ge=64, le=10_240, description="MiB that a hook can have at most, however often it wants more."
    )

    jwt_issuer: str = Field("holdfast", description="`iss` that tokens of the primary issuer carry.")
    jwt_audience: str = Field("holdfast", description="`aud` that tokens must carry.")
    jwt_secret: SecretStr | None = Field(None, description="HS256 secret; stage `local` only.")
    jwt_secret_id: str | None = Field(None, description="Name or ARN of the HS256 secret in Secrets Manager.")
    extra_issuer: Annotated[ExtraIssuer | None, BeforeValidator(_parsed)] = Field(
        None, description="Machine issuer, JSON (see the section below); empty = the primary issuer alone."
    )

    @model_validator(mode="after")
    def _issuers_can_be_told_apart(self) -> Self:
        if self.extra_issuer and self.extra_issuer.issuer == self.jwt_issuer:
            raise ValueError("extra_issuer: another issuer needs another name than jwt_issuer")
        return self

    @model_validator(mode="after")
    def _locks_need_a_store_that_has_them(self) -> Self:
        if self.s3_object_lock and self.storage is StorageKind.FILESYSTEM:
            raise ValueError("HOLDFAST_S3_OBJECT_LOCK needs HOLDFAST_STORAGE=s3: files keep no locks")
        return self

    def partition(self, workspace: str, *parts: str) -> str:
        """Return a partition key of the table: the namespace and the workspace always lead it."""
        return "#".join((self.namespace, workspace, *parts))


@lru_cache
def settings() -> Settings:
    """Return the configuration of this process. Tests call `settings.cache_clear()` to read it again."""
    given = {name: _given(name) for name in Settings.model_fields}
    return Settings.model_validate({name: value for name, value in given.items() if value})


def serves() -> str:
    """Return the setting `serves` alone: app.py needs it when it is imported, before any other setting."""
    return _given("serves") or ""


def _given(name: str) -> str | None:
    return os.environ.get(f"{PREFIX}{name.upper()}")
