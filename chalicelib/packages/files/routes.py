"""REST views of a package's files."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.packages.files import service
from chalicelib.packages.files.models import Download, DownloadQuery, FilePage, FileQuery

bp = Routes(__name__, gate=gate)


@bp.get("/packages/{package_id}/files", scope=Scope.PACKAGES_READ)
def list_files(package_id: str, query: FileQuery, actor: Actor) -> FilePage:
    """List a package's files by path, and whether their bytes have arrived."""
    return service.search(package_id, query, actor=actor)


@bp.get("/packages/{package_id}/download", scope=Scope.PACKAGES_READ, answers={302: None})
def download_file(package_id: str, query: DownloadQuery, actor: Actor) -> Download | Answer:
    """Fetch one file: a redirect to its bytes, or with `redirect=false` where they are."""
    found = service.fetch(package_id, query, actor=actor)
    if not query.redirect:
        return found
    return Answer(None, status=302, headers={"Location": found.url})
