"""The workers of the queues `packages` and `sweeps`, and the schedules that fill the second."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.metrics import count
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import claims, lifecycle
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.service.reconciliation import follows, note_run
from chalicelib.packages.models.integrity import complete
from chalicelib.packages.service import integrity, manifests, packages, sweeps, verifications
from holdfast.api.manifests import Finalize
from holdfast.api.operations import Counter, Operation, OperationType, Outcome, Result
from holdfast.api.packages import Status

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="packages", batch_size=1)
@worker
def packages_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and do its work. A repeated delivery is a no-op."""
    claims.perform(delivery, PACKAGES_HANDLERS)


def _finalize(claim: Claim) -> Result:
    operation = claim.operation
    body, actor = Finalize.model_validate(operation.context), lifecycle.initiator(operation)
    package = manifests.seal(operation.subject.id, body, actor=actor, report=claim.checkpoint)
    return manifests.sealed_result(package)


def _verify(claim: Claim) -> Result:
    operation = claim.operation
    actor = lifecycle.initiator(operation)
    return verifications.check(operation.subject.id, operation.id, actor=actor, report=claim.checkpoint)


PACKAGES_HANDLERS = {OperationType.PACKAGE_FINALIZE: _finalize, OperationType.PACKAGE_VERIFY: _verify}


@follows(OperationType.PACKAGE_FINALIZE)
def finalize_truth(operation: Operation) -> Result | None:
    """What the package itself says of a run that was to finalize it; None while it says nothing."""
    package = packages.get(operation.subject.id, actor=lifecycle.initiator(operation))
    if package.status is Status.FINALIZED:
        return manifests.sealed_result(package)
    return Result(outcome=Outcome.FAILED) if package.status is Status.FAILED else None


@follows(OperationType.PACKAGE_VERIFY)
def verify_truth(operation: Operation) -> Result | None:
    """What the package's chain tells of a run that was to verify it; None while it tells nothing."""
    return verifications.noted(operation)


@bp.on_sqs_message(queue="sweeps", batch_size=1)
@worker
def sweeps_worker(delivery: Delivery) -> None:
    """Claim the sweep that the message names and do it. A repeated delivery is a no-op."""
    claims.perform(delivery, SWEEPS_HANDLERS)


@bp.schedule("rate(1 hour)")
def sweep_retention(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue a retention sweep for each workspace that has something due; answers how many."""
    return sweeps.queue_due()


@bp.schedule("rate(1 hour)")
def sweep_integrity(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue an integrity sweep for each workspace that has something due; answers how many."""
    return integrity.queue_due()


def _sweep_retention(claim: Claim) -> Result:
    done = sweeps.sweep(claim.operation, report=claim.checkpoint)
    note_run(claim.operation, done, complete=not done.failures)
    return done


def _sweep_integrity(claim: Claim) -> Result:
    done = integrity.sweep(claim.operation, report=claim.checkpoint, remaining=claim.remaining)
    wrong = (Counter.BAD, Counter.MISSING, Counter.ERROR)
    note_run(claim.operation, done, complete=complete(done))
    count("DamagedFiles", sum(done.summary_counts[counter] for counter in wrong))
    return done


SWEEPS_HANDLERS = {
    OperationType.RETENTION_SWEEP: _sweep_retention,
    OperationType.INTEGRITY_SWEEP: _sweep_integrity,
}


@follows(OperationType.RETENTION_SWEEP)
def disposal_truth(operation: Operation) -> Result | None:
    """What the package itself says of a run that was to end its disposal; None while it says nothing."""
    if operation.subject.kind != "package":
        return None
    record = packages.load(operation.subject.id, actor=lifecycle.initiator(operation)).record
    done = record.disposal is not None and record.disposal.completed_at is not None
    return sweeps.disposed_result(record) if done else None
