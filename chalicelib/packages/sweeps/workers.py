"""The worker of the queue `sweeps`, and the schedules that fill it."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.metrics import count
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.claims import service as claims
from chalicelib.operations.claims.service import Claim
from chalicelib.operations.models import Counter, Operation, OperationType, Result
from chalicelib.operations.reconciliation.service import follows, note_run
from chalicelib.operations.runs import service as runs
from chalicelib.packages import service as packages
from chalicelib.packages.integrity import service as integrity
from chalicelib.packages.integrity.models import complete
from chalicelib.packages.sweeps import service

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="sweeps", batch_size=1)
@worker
def sweeps_worker(delivery: Delivery) -> None:
    """Claim the sweep that the message names and do it. A repeated delivery is a no-op."""
    claims.perform(delivery, HANDLERS)


@bp.schedule("rate(1 hour)")
def sweep_retention(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue a retention sweep for each workspace that has something due; answers how many."""
    return service.queue_due()


@bp.schedule("rate(1 hour)")
def sweep_integrity(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue an integrity sweep for each workspace that has something due; answers how many."""
    return integrity.queue_due()


def _sweep_retention(claim: Claim) -> Result:
    done = service.sweep(claim.operation, report=claim.checkpoint)
    note_run(claim.operation, done, complete=not done.failures)
    return done


def _sweep_integrity(claim: Claim) -> Result:
    done = integrity.sweep(claim.operation, report=claim.checkpoint, remaining=claim.remaining)
    wrong = (Counter.BAD, Counter.MISSING, Counter.ERROR)
    note_run(claim.operation, done, complete=complete(done))
    count("DamagedFiles", sum(done.summary_counts[counter] for counter in wrong))
    return done


HANDLERS = {
    OperationType.RETENTION_SWEEP: _sweep_retention,
    OperationType.INTEGRITY_SWEEP: _sweep_integrity,
}


@follows(OperationType.RETENTION_SWEEP)
def disposal_truth(operation: Operation) -> Result | None:
    """What the package itself says of a run that was to end its disposal; None while it says nothing."""
    if operation.subject.kind != "package":
        return None
    record = packages.load(operation.subject.id, actor=runs.initiator(operation)).record
    done = record.disposal is not None and record.disposal.completed_at is not None
    return service.disposed_result(record) if done else None
