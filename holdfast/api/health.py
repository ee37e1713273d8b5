"""Health of the service, and its catalogue of errors."""

from typing import Any

from pydantic import Field

from holdfast.api.integrity import AlarmCount
from holdfast.api.schema import Entity
from holdfast.api.storage import CertificateState
from holdfast.api.version import VERSION


class Health(Entity):
    """Whether the service answers, for anybody who asks."""

    status: str = "ok"
    version: str = VERSION


class Check(Entity):
    """How one part is that the service depends on."""

    ok: bool
    latency_ms: float = Field(description="How long the probe took, in milliseconds.")
    detail: str


class HealthDetails(Entity):
    """How every part is, for who is signed in; `status` is `degraded` when one is not well."""

    status: str
    version: str
    checks: dict[str, Check]
    certificate: CertificateState | None = Field(
        description="The latest store capability certificate; null before the first."
    )
    sweeps: dict[str, dict[str, Any] | None] = Field(description="When each sweep last ran, and what it did.")
    sweep_runs: dict[str, dict[str, Any] | None] = Field(
        description="What the last run of each sweep over this workspace came to, and if it was complete."
    )
    integrity: AlarmCount | None = Field(
        description="The packages whose stored bytes are not, or may not be, what was sealed."
    )


class ErrorEntry(Entity):
    """One error of the catalogue."""

    code: str
    title: str
    remedy: str


class ErrorCatalogue(Entity):
    """Every code that the API can answer with."""

    items: list[ErrorEntry]
