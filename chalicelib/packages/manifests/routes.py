"""REST views of sealing."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.packages.manifests import service
from chalicelib.packages.manifests.models import Finalize, Manifest
from chalicelib.packages.models import Package
from chalicelib.packages.work.models import Queued

bp = Routes(__name__, gate=gate)


@bp.post("/packages/{package_id}/finalize", scope=Scope.PACKAGES_WRITE, answers={202: Queued})
def finalize_package(package_id: str, body: Finalize, actor: Actor) -> Package | Answer:
    """Prove every file and seal the package for ever; a large one is queued for a worker."""
    result = service.finalize(package_id, body, actor=actor)
    return Answer(result, status=202) if isinstance(result, Queued) else result


@bp.get(
    "/packages/{package_id}/manifest",
    scope=Scope.PACKAGES_READ,
    answers={200: Manifest, 302: None},
    refusals=(409,),
)
def get_manifest(package_id: str, actor: Actor) -> Answer:
    """Fetch the manifest: canonical JSON, the very bytes that `manifest_digest` is of.

    Over 5 MiB the answer is a redirect to those bytes.
    """
    found = service.manifest(package_id, actor=actor)
    if isinstance(found, bytes):
        return Answer(found.decode())
    return Answer(None, status=302, headers={"Location": found.url})
