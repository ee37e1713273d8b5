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
    """Make a release live, back as well as forth; runs that are queued keep the release that they have."""
    return hooks.move(name, body, actor=actor)


@bp.get("/hooks/{name}/pointer-history", scope=Scope.HOOKS_READ)
def list_pointer_moves(name: str, query: PageQuery, actor: Actor) -> PointerHistory:
    """List where the live pointer has been, oldest first. A page may be short: go on with `next_cursor`."""
    return hooks.pointer_history(name, query, actor=actor)


@bp.post("/hooks/{name}/bundles", scope=Scope.HOOKS_WRITE, refusals=(409,))
def plan_bundle(name: str, body: BundlePlan, actor: Actor) -> BundleUpload:
    """Get the request that sends a zip of code to the hook store, bound to its bytes."""
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
    """Release a hook: the next version, or 200 with the one that is the same; the first makes the hook."""
    made = releases.release(name, body, actor=actor)
    return made if made.created else Answer(made, status=200)


@bp.get("/hooks/{name}/releases", scope=Scope.HOOKS_READ)
def list_releases(name: str, query: PageQuery, actor: Actor) -> ReleasePage:
    """List a hook's releases, newest first."""
    return releases.search(name, query, actor=actor)


@bp.get("/hooks/{name}/releases/{version}", scope=Scope.HOOKS_READ)
def get_release(name: str, version: str, actor: Actor) -> Release:
    """Show one release: its code, configuration and limits, and who built it from what."""
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
    """Declare a convention with its schema, hooks and releases: all of it or nothing; again, no change."""
    made = deployments.deploy(body, actor=actor)
    return made if made.created else Answer(made, status=200)


@bp.get("/hook-runs", scope=Scope.HOOKS_READ)
def list_hook_runs(query: RunQuery, actor: Actor) -> HookRunPage:
    """List runs, newest first. A page may be short: go on while there is a `next_cursor`."""
    return runs.search(query, actor=actor)


@bp.get("/hook-runs/{run_id}", scope=Scope.HOOKS_READ)
def get_hook_run(run_id: str, actor: Actor) -> HookRunView:
    """Show one run: its pinned release, what came of it, and the tail of its log."""
    return runs.get(run_id, actor=actor)


@bp.get("/packages/{package_id}/hook-runs", scope=Scope.HOOKS_READ)
def list_package_runs(package_id: str, query: PackageRunQuery, actor: Actor) -> HookRunPage:
    """List the runs on one package, newest first."""
    return runs.of_package(package_id, query, actor=actor)


@bp.get("/features/{feature}", scope=Scope.HOOKS_READ)
def list_feature_rows(feature: str, query: FeatureQuery, actor: Actor) -> FeaturePage:
    """List what hooks found, the oldest run first; with `provenance=true` each row says what made it."""
    return features.show(feature, query, actor=actor)


@bp.get("/hooks/{name}/releases/{version}/impact", scope=Scope.HOOKS_READ)
def show_impact(name: str, version: str, query: ImpactQuery, actor: Actor) -> Impact:
    """List what a release made, newest first: its runs, their packages and how many rows."""
    return impact.show(name, version, query, actor=actor)


@bp.post(
    "/hooks/{name}/releases/{version}/rerun",
    scope=Scope.HOOKS_WRITE,
    status=202,
    refusals=(409,),
    creates=True,
)
def rerun_release(name: str, version: str, body: Rerun, actor: Actor) -> Reran:
    """Queue the live release on the packages that a release ran on; go on while there is a `next_cursor`."""
    return impact.rerun(name, version, body, actor=actor)
