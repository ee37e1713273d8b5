"""Plan the upload of a bundle, and check that a bundle was uploaded.

A bundle is a zip of code that a release runs. The client uploads it straight to storage, by a request
that is bound to its digest and size, like a file of a package. The hook store keeps a bundle under the
digest of its bytes. So it keeps one copy for all hooks that release it, and the copy never changes. A
release is refused until the bytes that it names are stored.
"""

import hashlib
import re

from chalicelib.auth.models import Actor
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.settings import settings
from chalicelib.storage.service import storage
from holdfast.api.bundles import BundlePlan, BundleUpload
from holdfast.api.codes import BUNDLE_DIFFERS, BUNDLE_NOT_STORED, INVALID_HOOK_NAME
from holdfast.api.schema import SLUG

MAX_NAME_CHARACTERS = 64
MEDIA_TYPE = "application/zip"


def plan(name: str, body: BundlePlan, *, actor: Actor) -> BundleUpload:
    """Return the request that uploads a bundle; `stored` is true when its bytes are there already.

    Raises `Invalid` (INVALID_HOOK_NAME), and `Conflict` (BUNDLE_DIFFERS) when the size is not that of
    the stored bytes.
    """
    demand_name(name)
    key = bundle_key(actor.workspace, body.digest)
    found = storage().head(key)
    if found is None:
        signed = storage().presign_put(key, size=body.size, sha256=body.digest, media_type=MEDIA_TYPE)
        return BundleUpload(digest=body.digest, stored=False, **signed._asdict())
    if found.size != body.size:
        message = f"The bundle that is stored under this digest has the size {found.size}, not {body.size}."
        raise Conflict(BUNDLE_DIFFERS, message, digest=body.digest, size=found.size)
    return BundleUpload(digest=body.digest, stored=True)


def demand(digest: str, *, actor: Actor) -> None:
    """Raise `Conflict` unless storage holds the bundle: BUNDLE_NOT_STORED, BUNDLE_DIFFERS."""
    key = bundle_key(actor.workspace, digest)
    if storage().head(key) is None:
        message = f"No bundle with the digest {digest} was uploaded; nothing was released."
        raise Conflict(BUNDLE_NOT_STORED, message, digest=digest)
    if not storage().proves_uploads() and _stored_digest(key) != digest:
        message = f"The bytes that were uploaded for {digest} have another digest; nothing was released."
        raise Conflict(BUNDLE_DIFFERS, message, digest=digest)


def bundle_key(workspace: str, digest: str) -> str:
    """Return the key under which storage keeps the bundle."""
    return f"{settings().namespace}/{workspace}/hooks/sha256/{digest}"


def demand_name(name: str) -> None:
    """Raise `Invalid` (INVALID_HOOK_NAME) for a text that cannot be the name of a hook."""
    if len(name) > MAX_NAME_CHARACTERS or not re.fullmatch(SLUG, name):
        raise Invalid(INVALID_HOOK_NAME, f"{name[:MAX_NAME_CHARACTERS]!r} cannot be the name of a hook.")


def _stored_digest(key: str) -> str:
    digest = hashlib.sha256()
    for chunk in storage().get(key):
        digest.update(chunk)
    return digest.hexdigest()
