"""GET /packages/{id}/manifest: the very bytes that the digest is of."""

import hashlib
import json

import httpx

from tests.support.served import Served, answered, deliver

FILES = {"b": b"beta", "a/\u00e9": b"alpha", "\U00010000": b"", "\uffee": b"x", "a": b"", "B": b"beta"}


def test_the_manifest_is_canonical_json_of_the_package_and_its_files_by_path(served: Served) -> None:
    package = served.finalized(FILES, version="1.0")
    expected = {
        "schema": "urn:holdfast:manifest:1",
        "package": {
            name: package[name] for name in ("id", "workspace", "producer", "kind", "name", "version")
        },
        "files": [
            {
                "path": path,
                "sha256": hashlib.sha256(FILES[path]).hexdigest(),
                "size": len(FILES[path]),
                "media_type": "application/octet-stream",
            }
            for path in sorted(FILES)
        ],
    }
    manifest = served.api.get(f"/packages/{package['id']}/manifest")
    canonical = json.dumps(expected, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert manifest.body == canonical.encode()
    assert manifest.headers["content-type"] == "application/json"


def test_the_digest_is_of_the_bytes_that_are_served_and_stored(served: Served) -> None:
    package = served.finalized(FILES)
    manifest = served.api.get(f"/packages/{package['id']}/manifest").body
    key = f"{served.prefix(package['id'])}manifest.json"
    stored = served.s3.get_object(Bucket=served.bucket, Key=key)["Body"].read()
    assert stored == manifest
    assert package["manifest_digest"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def test_the_manifest_lists_what_a_replaced_path_holds_now(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {"a": b"old", "b": b"kept"})
    served.upload(package_id, {"a": b"new"}, replace=True)
    answered(served.finalize(package_id))
    files = answered(served.api.get(f"/packages/{package_id}/manifest"))["files"]
    assert [(file["path"], file["sha256"]) for file in files] == [
        ("a", hashlib.sha256(b"new").hexdigest()),
        ("b", hashlib.sha256(b"kept").hexdigest()),
    ]


def test_there_is_no_manifest_before_the_seal(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, FILES)
    answer = served.api.get(f"/packages/{package_id}/manifest")
    assert (answer.status, answer.code) == (409, "INVALID_STATE")


def test_a_manifest_that_is_gone_is_made_again_byte_for_byte(served: Served) -> None:
    package = served.finalized(FILES)
    target = f"/packages/{package['id']}/manifest"
    before = served.api.get(target).body
    key = f"{served.prefix(package['id'])}manifest.json"
    served.s3.delete_object(Bucket=served.bucket, Key=key)
    assert served.api.get(target).body == before
    assert served.s3.get_object(Bucket=served.bucket, Key=key)["Body"].read() == before


def test_a_manifest_too_long_for_an_answer_is_where_the_redirect_points(served: Served) -> None:
    package_id = served.create()
    served.upload_copies(package_id, [f"{'a-long-name/' * 80}{number:05d}" for number in range(5000)], b"x")
    operation_id = answered(served.finalize(package_id), 202)["operation_id"]
    deliver(*served.messages())
    assert served.operation(operation_id)["outcome"] == "succeeded"
    redirect = served.api.get(f"/packages/{package_id}/manifest")
    assert redirect.status == 302
    manifest = httpx.get(redirect.headers["location"]).content
    assert len(manifest) > 5 * 1024 * 1024
    assert served.show(package_id)["manifest_digest"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
