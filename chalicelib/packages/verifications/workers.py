"""The worker of the queue `packages`: seals and verifies what is too long for a request."""

from chalice.app import Blueprint

from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.claims import service as claims
from chalicelib.operations.claims.service import Claim
from chalicelib.operations.models import Operation, OperationType, Outcome, Result
from chalicelib.operations.reconciliation.service import follows
from chalicelib.operations.runs import service as runs
from chalicelib.packages import service as packages
from chalicelib.packages.manifests import service as manifests
from chalicelib.packages.manifests.models import Finalize
from chalicelib.packages.models import Status
from chalicelib.packages.verifications import service

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="packages", batch_size=1)
@worker
def packages_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and do its work. A repeated delivery is a no-op."""
    claims.perform(delivery, HANDLERS)


def _finalize(claim: Claim) -> Result:
    operation = claim.operation
    body, actor = Finalize.model_validate(operation.context), runs.initiator(operation)
    package = manifests.seal(operation.subject.id, body, actor=actor, report=claim.checkpoint)
    return manifests.sealed_result(package)


def _verify(claim: Claim) -> Result:
    operation = claim.operation
    actor = runs.initiator(operation)
    return service.check(operation.subject.id, operation.id, actor=actor, report=claim.checkpoint)


HANDLERS = {OperationType.PACKAGE_FINALIZE: _finalize, OperationType.PACKAGE_VERIFY: _verify}


@follows(OperationType.PACKAGE_FINALIZE)
def finalize_truth(operation: Operation) -> Result | None:
    """What the package itself says of a run that was to finalize it; None while it says nothing."""
    package = packages.get(operation.subject.id, actor=runs.initiator(operation))
    if package.status is Status.FINALIZED:
        return manifests.sealed_result(package)
    return Result(outcome=Outcome.FAILED) if package.status is Status.FAILED else None


@follows(OperationType.PACKAGE_VERIFY)
def verify_truth(operation: Operation) -> Result | None:
    """What the package's chain tells of a run that was to verify it; None while it tells nothing."""
    return service.noted(operation)
