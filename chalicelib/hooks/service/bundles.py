"""The verb of bundles: plan an upload; and the demand that one is there.

Bundles: the zips of code that releases run, kept in the hook store under the digest of their bytes.

A bundle is uploaded straight to storage by a request that is bound to its digest and size, like any
file of a package. It is kept once however many hooks release it, and never changes: its key is its
content. A release is refused until the bytes that it names are there.
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
    """How to send the zip of a release to come; `stored` when its bytes are there already.

    Raises `Invalid` (INVALID_HOOK_NAME), `Conflict` (BUNDLE_DIFFERS) for a size that is not theirs.
    """
    demand_name(name)
    key = bundle_key(actor.workspace, body.digest)
    found = storage().head(key)
    if found is None:
        signed = storage().presign_put(key, size=body.size, sha256=body.digest, media_type=MEDIA_TYPE)
        return BundleUpload(digest=body.digest, stored=False, **signed._asdict())
    if found.size != body.size:
        message = f"{found.size} bytes are stored under this digest, not {body.size}."
        raise Conflict(BUNDLE_DIFFERS, message, digest=body.digest, size=found.size)
    return BundleUpload(digest=body.digest, stored=True)


def demand(digest: str, *, actor: Actor) -> None:
    """Raises `Conflict` unless storage holds the bundle: BUNDLE_NOT_STORED, BUNDLE_DIFFERS."""
    key = bundle_key(actor.workspace, digest)
    if storage().head(key) is None:
        message = f"No bundle with the digest {digest} was uploaded; nothing was released."
        raise Conflict(BUNDLE_NOT_STORED, message, digest=digest)
    if not storage().proves_uploads() and _stored_digest(key) != digest:
        message = f"The bytes that were uploaded for {digest} are others; nothing was released."
        raise Conflict(BUNDLE_DIFFERS, message, digest=digest)


def bundle_key(workspace: str, digest: str) -> str:
    """Where storage keeps the bundle."""
    return f"{settings().namespace}/{workspace}/hooks/sha256/{digest}"


def demand_name(name: str) -> None:
    """Raises `Invalid` (INVALID_HOOK_NAME) for what no hook can be called."""
    if len(name) > MAX_NAME_CHARACTERS or not re.fullmatch(SLUG, name):
        raise Invalid(INVALID_HOOK_NAME, f"{name[:MAX_NAME_CHARACTERS]!r} cannot be the name of a hook.")


def _stored_digest(key: str) -> str:
    digest = hashlib.sha256()
    for chunk in storage().get(key):
        digest.update(chunk)
    return digest.hexdigest()
