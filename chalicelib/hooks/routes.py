"""REST views of hooks: bundles, releases, deployments, runs, features, impact."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.hooks.service import bundles, deployments, features, hooks, impact, releases, runs
from chalicelib.http.routes import Answer, Routes
from holdfast.api.auth import Scope
from holdfast.api.bundles import BundlePlan, BundleUpload
from holdfast.api.deployments import Deploy, Deployed
from holdfast.api.features import FeaturePage, FeatureQuery
from holdfast.api.hook_runs import HookRunPage, HookRunView, PackageRunQuery, RunQuery
from holdfast.api.hooks import Hook, HookPage, MovePointer, PageQuery, PointerHistory
from holdfast.api.impact import Impact, ImpactQuery, Reran, Rerun
from holdfast.api.releases import NewRelease, Release, Released, ReleasePage

bp = Routes(__name__, gate=gate)


@bp.get("/hooks", scope=Scope.HOOKS_READ)
def list_hooks(query: PageQuery, actor: Actor) -> HookPage:
    """List hooks, newest first."""
    return hooks.search(query, actor=actor)


@bp.get("/hooks/{name}", scope=Scope.HOOKS_READ)
def get_hook(name: str, actor: Actor) -> Hook:
    """Show one hook: its feature, its contract and the release that is live."""
    return hooks.get(name, actor=actor)


@bp.put("/hooks/{name}/live", scope=Scope.HOOKS_WRITE, refusals=(409,))
def move_pointer(name: str, body: MovePointer, actor: Actor) -> Hook:
    """Make a release live, an earlier or a later one. Runs that are queued keep their release."""
    return hooks.move(name, body, actor=actor)


@bp.get("/hooks/{name}/pointer-history", scope=Scope.HOOKS_READ)
def list_pointer_moves(name: str, query: PageQuery, actor: Actor) -> PointerHistory:
    """List the moves of the live pointer, oldest first. A page may be short: go on with `next_cursor`."""
    return hooks.pointer_history(name, query, actor=actor)


@bp.post("/hooks/{name}/bundles", scope=Scope.HOOKS_WRITE, refusals=(409,))
def plan_bundle(name: str, body: BundlePlan, actor: Actor) -> BundleUpload:
    """Get the request that uploads a zip of code to the hook store. The request is bound to these bytes."""
    return bundles.plan(name, body, actor=actor)


@bp.post(
    "/hooks/{name}/releases",
    scope=Scope.HOOKS_WRITE,
    status=201,
    answers={200: Released},
    refusals=(409,),
    creates=True,
)
def release_hook(name: str, body: NewRelease, actor: Actor) -> Released | Answer:
    """Add the next release, or answer 200 with the same one. The first release creates the hook."""
    made = releases.release(name, body, actor=actor)
    return made if made.created else Answer(made, status=200)


@bp.get("/hooks/{name}/releases", scope=Scope.HOOKS_READ)
def list_releases(name: str, query: PageQuery, actor: Actor) -> ReleasePage:
    """List a hook's releases, newest first."""
    return releases.search(name, query, actor=actor)


@bp.get("/hooks/{name}/releases/{version}", scope=Scope.HOOKS_READ)
def get_release(name: str, version: str, actor: Actor) -> Release:
    """Show one release: its code, configuration and limits, its source, and who built it."""
    return releases.get(name, version, actor=actor)


@bp.post(
    "/conventions",
    scope=Scope.CONVENTIONS_WRITE,
    status=201,
    answers={200: Deployed},
    refusals=(409,),
    creates=True,
)
def deploy_convention(body: Deploy, actor: Actor) -> Deployed | Answer:
    """Declare a convention with its schema, hooks and releases: all or nothing. A repeat changes nothing."""
    made = deployments.deploy(body, actor=actor)
    return made if made.created else Answer(made, status=200)


@bp.get("/hook-runs", scope=Scope.HOOKS_READ)
def list_hook_runs(query: RunQuery, actor: Actor) -> HookRunPage:
    """List runs, newest first. A page may be short: go on while there is a `next_cursor`."""
    return runs.search(query, actor=actor)


@bp.get("/hook-runs/{run_id}", scope=Scope.HOOKS_READ)
def get_hook_run(run_id: str, actor: Actor) -> HookRunView:
    """Show one run: its pinned release, its result, and the tail of its log."""
    return runs.get(run_id, actor=actor)


@bp.get("/packages/{package_id}/hook-runs", scope=Scope.HOOKS_READ)
def list_package_runs(package_id: str, query: PackageRunQuery, actor: Actor) -> HookRunPage:
    """List the runs on one package, newest first."""
    return runs.of_package(package_id, query, actor=actor)


@bp.get("/features/{feature}", scope=Scope.HOOKS_READ)
def list_feature_rows(feature: str, query: FeatureQuery, actor: Actor) -> FeaturePage:
    """List rows of a feature, the oldest run first. `provenance=true` adds its run and release to a row."""
    return features.show(feature, query, actor=actor)


@bp.get("/hooks/{name}/releases/{version}/impact", scope=Scope.HOOKS_READ)
def show_impact(name: str, version: str, query: ImpactQuery, actor: Actor) -> Impact:
    """List the runs of a release, newest first, with their packages and row counts."""
    return impact.show(name, version, query, actor=actor)


@bp.post(
    "/hooks/{name}/releases/{version}/rerun",
    scope=Scope.HOOKS_WRITE,
    status=202,
    refusals=(409,),
    creates=True,
)
def rerun_release(name: str, version: str, body: Rerun, actor: Actor) -> Reran:
    """Queue the live release on the packages of another release. Go on while there is a `next_cursor`."""
    return impact.rerun(name, version, body, actor=actor)
