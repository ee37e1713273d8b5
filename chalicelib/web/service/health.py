"""Ask every part of the service how it is.

The last runs of sweeps and the alarms of integrity belong to other domains. Their services are
imported when the details are asked for, so that a cold start of this domain imports neither.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from chalicelib.auth.models import Actor
from chalicelib.core import aws, clock
from chalicelib.core.errors import HoldfastError
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.storage import certificates
from chalicelib.storage.models import short
from chalicelib.storage.service import storage
from holdfast.api.health import Check, HealthDetails
from holdfast.api.integrity import AlarmCount
from holdfast.api.operations import OperationType
from holdfast.api.policy import POLICIES
from holdfast.api.storage import CertificateState
from holdfast.api.version import VERSION

SWEEPS_OF_WORKSPACES = (OperationType.RETENTION_SWEEP.value, OperationType.INTEGRITY_SWEEP.value)
T = TypeVar("T")


def health_details(actor: Actor) -> HealthDetails:
    """Probe table, storage and queues; a part that is not well makes the whole `degraded`.

    The whole is `degraded` as well when the store was not seen to enforce what is relied on, when the
    certificate was altered, or when a package that the actor may see is an alarm of integrity.
    """
    queues = sorted({policy.queue for policy in POLICIES.values()})
    checks = {"table": _timed(_probe_table), "storage": _probe_storage()}
    checks |= {f"queue:{name}": _timed(partial(_probe_queue, name)) for name in queues}
    certificate = _certificate()
    alarms = _answered(partial(_alarms, actor))
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


def _certificate() -> CertificateState | None:
    try:
        return short(certificates.latest())
    except HoldfastError:
        return None  # there is none yet; or the table does not answer, and its own check says so


def _alarms(actor: Actor) -> AlarmCount:
    from chalicelib.packages.service import integrity

    return integrity.count_alarms(actor=actor)


def _sweeps() -> dict[str, Any]:
    from chalicelib.operations.service.reconciliation import SWEEP, last_sweep

    return {name: last_sweep(name) for name in (SWEEP, *SWEEPS_OF_WORKSPACES)}


def _sweep_runs(actor: Actor) -> dict[str, Any]:
    from chalicelib.operations.service.reconciliation import last_sweep

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
