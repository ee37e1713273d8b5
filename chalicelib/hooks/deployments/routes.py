"""REST view of the one-call deploy."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.hooks.deployments import service
from chalicelib.hooks.deployments.models import Deploy, Deployed

bp = Routes(__name__, gate=gate)


@bp.post(
    "/conventions",
    scope=Scope.CONVENTIONS_WRITE,
    status=201,
    answers={200: Deployed},
    refusals=(409,),
    creates=True,
)
def deploy_convention(body: Deploy, actor: Actor) -> Deployed | Answer:
    """Declare a convention with its schema, hooks and releases: all of it or nothing; again, no change."""
    made = service.deploy(body, actor=actor)
    return made if made.created else Answer(made, status=200)
