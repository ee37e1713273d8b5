"""The lifecycle policy: the time limits of each type of queued work, compared with a deployment."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from holdfast.api.operations import OperationType

LEASE_S = 90
RENEWAL_S = 30
MARGIN_S = 30
VISIBILITY_FACTOR = 6
MIN_RECEIVES = 3


class Policy(NamedTuple):
    """The time limits in seconds for one type of work, and the parts that end it when it is stuck."""

    queue: str
    worker: str
    queued_stale_after: int = 300
    running_stale_after: int = 900
    expected_max_runtime: int = 240
    worker_timeout: int = 300
    max_attempts: int = 3
    direct_failure_bridge: bool = True
    scheduled_reconciliation: bool = True


POLICIES: Mapping[OperationType, Policy] = {
    OperationType.PACKAGE_FINALIZE: Policy("packages", "packages_worker"),
    OperationType.PACKAGE_VERIFY: Policy("packages", "packages_worker"),
    OperationType.PACKAGE_DELETE: Policy("sweeps", "sweeps_worker"),  # the only worker that may delete bytes
    OperationType.RETENTION_SWEEP: Policy("sweeps", "sweeps_worker"),
    OperationType.INTEGRITY_SWEEP: Policy("sweeps", "sweeps_worker"),
    OperationType.HOOK_RUN: Policy("hooks", "hooks_worker"),
}

# queues whose visibility timeout may be under six times their worker's, each with its reason
VISIBILITY_EXCEPTIONS: Mapping[str, str] = {}


class Deployed(NamedTuple):
    """The values of one queue and its worker in a deployment template.

    Times are in seconds. A value is None where the template has none.
    """

    visibility_timeout: int | None
    max_receive_count: int | None
    retention: int | None
    dead_letter_retention: int | None
    worker_timeout: int | None
    bridged: bool


class Deployment(NamedTuple):
    """The values of a deployment template that the policy depends on."""

    queues: Mapping[str, Deployed]
    workers: frozenset[str]
    reconciler_period: int | None


def violations(
    deployment: Deployment,
    policies: Mapping[OperationType, Policy] = POLICIES,
    *,
    lease: int = LEASE_S,
    renewal: int = RENEWAL_S,
) -> list[str]:
    """Return each broken rule as a sentence with the type and both numbers. Empty when all rules hold."""
    found: list[str] = []
    for kind, policy in policies.items():
        if lease < 3 * renewal:
            found.append(f"{kind}: the lease of {lease} s is under three renewals of {3 * renewal} s.")
        found += _of_type(kind, policy, deployment)
    found += _of_sweep(policies, deployment)
    return found


def _of_type(kind: OperationType, policy: Policy, deployment: Deployment) -> Iterator[str]:
    yield from _of_policy(kind, policy)
    if policy.worker not in deployment.workers:
        yield f"{kind}: no worker {policy.worker} is deployed."
    queue = deployment.queues.get(policy.queue)
    if queue is None:
        yield f"{kind}: no queue {policy.queue} is deployed."
        return
    if policy.direct_failure_bridge and not queue.bridged:
        yield f"{kind}: nothing bridges the dead letters of {policy.queue}."
    yield from _of_queue(kind, policy, queue)


def _of_policy(kind: OperationType, policy: Policy) -> Iterator[str]:
    if policy.expected_max_runtime >= policy.worker_timeout:
        yield (
            f"{kind}: the expected runtime of {policy.expected_max_runtime} s is not under"
            f" the worker timeout of {policy.worker_timeout} s."
        )
    if policy.running_stale_after < policy.worker_timeout + MARGIN_S:
        yield (
            f"{kind}: running_stale_after of {policy.running_stale_after} s is under"
            f" the worker timeout with margin of {policy.worker_timeout + MARGIN_S} s."
        )


def _of_queue(kind: OperationType, policy: Policy, queue: Deployed) -> Iterator[str]:
    timeout = queue.worker_timeout or 0
    visibility = queue.visibility_timeout or 0
    if timeout != policy.worker_timeout:
        yield (
            f"{kind}: the deployed worker timeout of {timeout} s is not"
            f" the policy's {policy.worker_timeout} s."
        )
    if timeout >= visibility - MARGIN_S:
        yield (
            f"{kind}: the worker timeout of {timeout} s is not under"
            f" the visibility timeout less margin of {visibility - MARGIN_S} s."
        )
    if visibility < VISIBILITY_FACTOR * timeout and policy.queue not in VISIBILITY_EXCEPTIONS:
        yield (
            f"{kind}: the visibility timeout of {visibility} s is under"
            f" six worker timeouts of {VISIBILITY_FACTOR * timeout} s."
        )
    yield from _of_redrive(kind, queue)


def _of_redrive(kind: OperationType, queue: Deployed) -> Iterator[str]:
    receives = queue.max_receive_count or 0
    if receives < MIN_RECEIVES:
        yield f"{kind}: maxReceiveCount of {receives} is under {MIN_RECEIVES}."
    kept, kept_dead = queue.retention or 0, queue.dead_letter_retention or 0
    if kept_dead <= kept:
        yield (
            f"{kind}: the dead-letter queue keeps messages for {kept_dead} s,"
            f" not longer than the queue's {kept} s."
        )


def _of_sweep(policies: Mapping[OperationType, Policy], deployment: Deployment) -> Iterator[str]:
    swept = {kind: policy for kind, policy in policies.items() if policy.scheduled_reconciliation}
    if not swept:
        return
    period = deployment.reconciler_period
    if period is None:
        yield f"{min(swept)}: no reconciler is scheduled."
        return
    for kind, policy in swept.items():
        smallest = min(policy.queued_stale_after, policy.running_stale_after)
        if period > smallest / 2:
            yield (
                f"{kind}: the reconciler's period of {period} s is over half"
                f" the smallest threshold of {smallest} s."
            )
