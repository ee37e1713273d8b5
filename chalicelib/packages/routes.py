"""REST views of packages: uploads, files, manifests, verifications, retention, integrity, sweeps."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.http.routes import Answer, Routes
from chalicelib.packages.service import (
    disposals,
    files,
    finalize,
    integrity,
    manifests,
    packages,
    retention,
    sweeps,
    uploads,
    verifications,
)
from holdfast.api.auth import Scope
from holdfast.api.disposals import Delete, DisposalQueued
from holdfast.api.files import Download, DownloadQuery, FilePage, FileQuery
from holdfast.api.integrity import AlarmPage, AlarmQuery, SweepPlan, SweepQueued, SweepRequest
from holdfast.api.manifests import Finalize, Manifest
from holdfast.api.packages import (
    Create,
    EventQuery,
    Fail,
    Package,
    PackageEventPage,
    PackagePage,
    PackageQuery,
    Queued,
)
from holdfast.api.retention import ApplyHold, EligiblePage, EligibleQuery, Explanation, Extend, ReleaseHold
from holdfast.api.sweeps import RetentionPlan, RetentionSweepQueued, SweepRetention
from holdfast.api.uploads import Plan, UploadPlan
from holdfast.api.verifications import VerdictPage, VerdictQuery

bp = Routes(__name__, gate=gate)


@bp.post("/packages", scope=Scope.PACKAGES_WRITE, status=201, creates=True)
def create_package(body: Create, actor: Actor, idempotency_key: str | None) -> Package:
    """Create a package, ready for upload plans."""
    return packages.create(body, actor=actor, idempotency_key=idempotency_key)


@bp.get("/packages", scope=Scope.PACKAGES_READ)
def list_packages(query: PackageQuery, actor: Actor) -> PackagePage:
    """List packages, newest first. A page may be short: read on while there is a `next_cursor`."""
    return packages.search(query, actor=actor)


@bp.get("/packages/{package_id}", scope=Scope.PACKAGES_READ)
def get_package(package_id: str, actor: Actor) -> Package:
    """Show one package with its metadata, retention and holds."""
    return packages.get(package_id, actor=actor)


@bp.post("/packages/{package_id}/fail", scope=Scope.PACKAGES_WRITE)
def fail_package(package_id: str, body: Fail, actor: Actor) -> Package:
    """Mark a package as failed: it takes no more files and keeps the reason."""
    return packages.fail(package_id, body, actor=actor)


@bp.get("/packages/{package_id}/events", scope=Scope.PACKAGES_READ)
def list_package_events(package_id: str, query: EventQuery, actor: Actor) -> PackageEventPage:
    """List the events of a package, oldest first: its hash chain, retention events included."""
    return packages.events(package_id, query, actor=actor)


@bp.post("/packages/{package_id}/uploads", scope=Scope.PACKAGES_WRITE)
def plan_uploads(package_id: str, body: Plan, actor: Actor) -> UploadPlan:
    """Declare up to 500 files and get, for each of them, the request that sends its bytes."""
    return uploads.plan(package_id, body, actor=actor)


@bp.get("/packages/{package_id}/files", scope=Scope.PACKAGES_READ)
def list_files(package_id: str, query: FileQuery, actor: Actor) -> FilePage:
    """List a package's files by path, and whether their bytes have arrived."""
    return files.search(package_id, query, actor=actor)


@bp.get("/packages/{package_id}/download", scope=Scope.PACKAGES_READ, answers={302: None})
def download_file(package_id: str, query: DownloadQuery, actor: Actor) -> Download | Answer:
    """Fetch one file: a redirect to its bytes, or with `redirect=false` their address as JSON."""
    found = files.fetch(package_id, query, actor=actor)
    if not query.redirect:
        return found
    return Answer(None, status=302, headers={"Location": found.url})


@bp.post("/packages/{package_id}/finalize", scope=Scope.PACKAGES_WRITE, answers={202: Queued})
def finalize_package(package_id: str, body: Finalize, actor: Actor) -> Package | Answer:
    """Prove every file and finalize the package permanently; a large one is queued for a worker."""
    result = finalize.finalize(package_id, body, actor=actor)
    return Answer(result, status=202) if isinstance(result, Queued) else result


@bp.get(
    "/packages/{package_id}/manifest",
    scope=Scope.PACKAGES_READ,
    answers={200: Manifest, 302: None},
    refusals=(409,),
)
def get_manifest(package_id: str, actor: Actor) -> Answer:
    """Fetch the manifest: canonical JSON, exactly the bytes whose digest is `manifest_digest`.

    Over 5 MiB the answer is a redirect to those bytes.
    """
    found = manifests.manifest(package_id, actor=actor)
    if isinstance(found, bytes):
        return Answer(found.decode())
    return Answer(None, status=302, headers={"Location": found.url})


@bp.post("/packages/{package_id}/verify", scope=Scope.PACKAGES_WRITE, status=202)
def verify_package(package_id: str, actor: Actor) -> Queued:
    """Queue a re-hash of every stored byte of a finalized package."""
    return verifications.verify(package_id, actor=actor)


@bp.get("/packages/{package_id}/verifications/{operation_id}", scope=Scope.PACKAGES_READ)
def list_verdicts(package_id: str, operation_id: str, query: VerdictQuery, actor: Actor) -> VerdictPage:
    """List the verdicts of a verification on each file, by path."""
    return verifications.search(package_id, operation_id, query, actor=actor)


@bp.post("/packages/{package_id}/retention", scope=Scope.PACKAGES_WRITE, creates=True)
def extend_retention(package_id: str, body: Extend, actor: Actor) -> Package:
    """Extend the promise of a package: until a date, by some days, or as a longer class."""
    return retention.extend(package_id, body, actor=actor)


@bp.post("/packages/{package_id}/holds", scope=Scope.PACKAGES_WRITE, status=201, creates=True)
def apply_hold(package_id: str, body: ApplyHold, actor: Actor) -> Package:
    """Put a named hold on a package, which keeps it until the hold is released, whatever its date."""
    return retention.apply_hold(package_id, body, actor=actor)


@bp.delete("/packages/{package_id}/holds/{hold_name}", scope=Scope.PACKAGES_MANAGE, creates=True)
def release_hold(package_id: str, hold_name: str, body: ReleaseHold, actor: Actor) -> Package:
    """Release one hold of a package; its other holds stay."""
    return retention.release_hold(package_id, hold_name, body, actor=actor)


@bp.get("/packages/{package_id}/retention/explain", scope=Scope.PACKAGES_READ)
def explain_retention(package_id: str, actor: Actor) -> Explanation:
    """Explain whether a package may be deleted now, with the rules, dates, holds and events behind it."""
    return retention.explain_retention(package_id, actor=actor)


@bp.get("/retention/eligible", scope=Scope.PACKAGES_READ)
def list_eligible_packages(query: EligibleQuery, actor: Actor) -> EligiblePage:
    """List packages that may be deleted, and why. A page may be short: read on while `next_cursor` is set."""
    return retention.eligible(query, actor=actor)


@bp.delete("/packages/{package_id}", scope=Scope.PACKAGES_MANAGE, answers={202: DisposalQueued})
def delete_package(package_id: str, body: Delete, actor: Actor) -> Package | Answer:
    """Delete the bytes of an eligible package permanently; its record, manifest and events stay."""
    result = disposals.delete(package_id, body, actor=actor)
    return Answer(result, status=202) if isinstance(result, DisposalQueued) else result


@bp.post("/retention/sweep", scope=Scope.PACKAGES_MANAGE, answers={202: RetentionSweepQueued})
def sweep_retention_now(body: SweepRetention, actor: Actor) -> RetentionPlan | Answer:
    """Queue a retention sweep of this workspace; with `dry_run`, only show its steps."""
    result = sweeps.ask(body, actor=actor)
    return Answer(result, status=202) if isinstance(result, RetentionSweepQueued) else result


@bp.post("/integrity/sweep", scope=Scope.PACKAGES_MANAGE, answers={202: SweepQueued})
def sweep_integrity_now(body: SweepRequest, actor: Actor) -> SweepPlan | Answer:
    """Queue a check of the packages that are due, longest due first; with `dry_run`, only list them."""
    result = integrity.ask(body, actor=actor)
    return Answer(result, status=202) if isinstance(result, SweepQueued) else result


@bp.get("/integrity/alarms", scope=Scope.PACKAGES_READ)
def list_integrity_alarms(query: AlarmQuery, actor: Actor) -> AlarmPage:
    """List the packages whose stored bytes differ, or may differ, from the finalized ones."""
    return integrity.alarms(query, actor=actor)
