"""Ask every part how it is; describe the API and its errors."""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

from chalicelib.auth.models import Actor
from chalicelib.core import aws, clock
from chalicelib.core.errors import HoldfastError, not_found
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.http.routes import routes
from chalicelib.operations.service.reconciliation import SWEEP, last_sweep
from chalicelib.packages.service import integrity
from chalicelib.storage import certificates
from chalicelib.storage.models import short
from chalicelib.storage.service import storage
from holdfast.api.codes import Problem, catalogue
from holdfast.api.health import Check, ErrorCatalogue, ErrorEntry, HealthDetails
from holdfast.api.operations import OperationType
from holdfast.api.policy import POLICIES
from holdfast.api.storage import CertificateState
from holdfast.api.version import VERSION

SWEEPS_OF_WORKSPACES = (OperationType.RETENTION_SWEEP.value, OperationType.INTEGRITY_SWEEP.value)
SWEEPS = (SWEEP, *SWEEPS_OF_WORKSPACES)

T = TypeVar("T")


def health_details(actor: Actor) -> HealthDetails:
    """Probe table, storage and queues; a part that is not well makes the whole `degraded`.

    So does a store that was not seen to enforce what is relied on, or a certificate that was altered, and
    a package that the actor may see whose stored bytes are not, or may not be, what was sealed.
    """
    queues = sorted({policy.queue for policy in POLICIES.values()})
    checks = {"table": _timed(_probe_table), "storage": _probe_storage()}
    checks |= {f"queue:{name}": _timed(partial(_probe_queue, name)) for name in queues}
    certificate = _certificate()
    alarms = _answered(partial(integrity.count_alarms, actor=actor))
    well = all(check.ok for check in checks.values()) and not (certificate and certificate.alarming)
    well = well and not (alarms and alarms.alarms)
    return HealthDetails(
        status="ok" if well else "degraded",
        version=VERSION,
        checks=checks,
        certificate=certificate,
        sweeps=_answered(_sweeps) or {},
        sweep_runs=_answered(partial(_sweep_runs, actor)) or {},
        integrity=alarms,
    )


@lru_cache
def description() -> dict[str, Any]:
    """The OpenAPI description of every route that is registered."""
    from chalicelib.http.openapi import describe

    return describe(routes, version=VERSION)


def errors() -> ErrorCatalogue:
    """Every code that the API can answer with, by code."""
    return ErrorCatalogue(items=[ErrorEntry(**found._asdict()) for _, found in sorted(_declared().items())])


def error(code: str) -> ErrorEntry:
    """One code; `NotFound` when there is no such."""
    found = _declared().get(code)
    if found is None:
        raise not_found()
    return ErrorEntry(**found._asdict())


def _declared() -> dict[str, Problem]:
    # these are imported on first use elsewhere, and what they declare belongs to the catalogue before that
    from chalicelib.hooks.service import executions  # noqa: F401  likewise
    from chalicelib.http import idempotency  # noqa: F401  for what it declares
    from chalicelib.storage.filesystem import storage as filesystem  # noqa: F401  likewise
    from chalicelib.storage.s3 import storage as s3  # noqa: F401  likewise

    return catalogue


def _certificate() -> CertificateState | None:
    try:
        return short(certificates.latest())
    except HoldfastError:
        return None  # there is none yet; or the table does not answer, and its own check says so


def _sweeps() -> dict[str, Any]:
    return {name: last_sweep(name) for name in SWEEPS}


def _sweep_runs(actor: Actor) -> dict[str, Any]:
    return {name: last_sweep(name, workspace=actor.workspace) for name in SWEEPS_OF_WORKSPACES}


def _answered(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except HoldfastError:
        return None  # the table does not answer, and its own check says so


def _probe_storage() -> Check:
    health = storage().health()
    return Check(ok=health.ok, latency_ms=round(health.latency_ms, 1), detail=health.detail)


def _probe_table() -> str:
    queries.get(items.Key(items.partition("health", "probe"), "ITEM"))
    return "answers"


def _probe_queue(name: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    attributes: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    try:
        answer = aws.sqs().get_queue_attributes(
            QueueUrl=settings().queue_url_prefix + name, AttributeNames=attributes
        )
    except (BotoCoreError, ClientError) as failure:
        raise _NotWell from failure
    waiting, taken = (answer["Attributes"][attribute] for attribute in attributes)
    return f"{waiting} waiting, {taken} being worked on"


class _NotWell(Exception):
    """A part that was asked does not answer."""


def _timed(probe: Callable[[], str]) -> Check:
    started = clock.now()
    try:
        ok, detail = True, probe()
    except (HoldfastError, _NotWell):
        ok, detail = False, "does not answer"
    latency_ms = (clock.now() - started) / timedelta(milliseconds=1)
    return Check(ok=ok, latency_ms=round(latency_ms, 1), detail=detail)
