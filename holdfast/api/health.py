"""Health of the service, and its catalogue of errors."""

from typing import Any

from pydantic import Field

from holdfast.api.integrity import AlarmCount
from holdfast.api.schema import Entity
from holdfast.api.storage import CertificateState
from holdfast.api.version import VERSION


class Health(Entity):
    """The sign of life of the service. Anybody may ask for it."""

    status: str = "ok"
    version: str = VERSION


class Check(Entity):
    """The state of one part that the service depends on."""

    ok: bool
    latency_ms: float = Field(description="The duration of the probe in milliseconds.")
    detail: str


class HealthDetails(Entity):
    """The state of every part, for callers with a token. `status` is `degraded` when one part is not well."""

    status: str
    version: str
    checks: dict[str, Check]
    certificate: CertificateState | None = Field(
        description="The latest store capability certificate; null before the first."
    )
    sweeps: dict[str, dict[str, Any] | None] = Field(
        description="The last run of each sweep: its moment and its counts."
    )
    sweep_runs: dict[str, dict[str, Any] | None] = Field(
        description="The result of each sweep's last run over this workspace, and whether it was complete."
    )
    integrity: AlarmCount | None = Field(
        description="The packages whose stored bytes differ, or may differ, from the finalized ones."
    )


class ErrorEntry(Entity):
    """One error of the catalogue."""

    code: str
    title: str
    remedy: str


class ErrorCatalogue(Entity):
    """Every error code of the API."""

    items: list[ErrorEntry]
