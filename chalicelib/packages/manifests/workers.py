"""The worker of the queue `packages`: seals what is too long for a request."""

from chalice.app import Blueprint

from chalicelib.core.errors import HoldfastError, Throttled, Transient, Unavailable
from chalicelib.core.worker import worker
from chalicelib.operations import service as operations
from chalicelib.operations.models import Message, Operation
from chalicelib.packages.manifests import service
from chalicelib.packages.manifests.models import Finalize

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="packages", batch_size=1)
@worker
def packages_worker(body: str) -> None:
    """Claim the run that the message names and seal its package. A repeated delivery is a no-op."""
    operation = operations.claim(Message.model_validate_json(body))
    if operation:
        _run(operation)


def _run(operation: Operation) -> None:
    actor = operations.initiator(operation)
    try:
        service.seal(operation.subject.id, Finalize.model_validate(operation.context), actor=actor)
    except (Unavailable, Throttled) as error:
        operations.release(operation)
        raise Transient(str(error)) from error
    except HoldfastError as error:
        operations.complete(operation, failure=error)
    else:
        operations.complete(operation)
