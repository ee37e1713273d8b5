"""GET /packages/{id}/download: one file's bytes, or where they are."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from chalicelib.core.settings import settings
from tests.conftest import Configure
from tests.support.served import Served, answered

FILES = {"a/b c.txt": b"alpha", "caf\u00e9.bin": b"\0\xff"}


def fetched(served: Served, url: str) -> bytes:
    """What a download URL gives, on either store."""
    if url.startswith(settings().public_url):
        target, accepted = url.removeprefix(settings().public_url), {"accept": "*/*"}
        answer = served.api.asked_by(None).get(target, headers=accepted)
        assert answer.status == 200
        return answer.body
    return httpx.get(url).raise_for_status().content


@pytest.fixture(params=["s3", "filesystem"])
def anywhere(request: pytest.FixtureRequest, served: Served, tmp_path: Path) -> Served:
    """The service over each store in turn."""
    if request.param == "filesystem":
        adjust: Configure = request.getfixturevalue("adjust")
        adjust(storage="filesystem", filesystem_root=tmp_path)
    return served


def test_a_file_is_fetched_before_and_after_the_package_is_sealed(anywhere: Served) -> None:
    package_id = anywhere.create()
    anywhere.upload(package_id, FILES)
    for path, data in FILES.items():
        target = f"/packages/{package_id}/download?path={quote(path)}&redirect=false"
        assert fetched(anywhere, answered(anywhere.api.get(target))["url"]) == data
    assert anywhere.show(anywhere.finalize(package_id))["status"] == "finalized"
    for path, data in FILES.items():
        redirect = anywhere.api.get(f"/packages/{package_id}/download?path={quote(path)}")
        assert (redirect.status, redirect.body) == (302, b"")
        assert fetched(anywhere, redirect.headers["location"]) == data


def test_a_path_is_found_in_any_spelling(anywhere: Served) -> None:
    package = anywhere.finalized(FILES)
    spelling = quote("cafe\u0301.bin")
    target = f"/packages/{package['id']}/download?path={spelling}&redirect=false"
    assert fetched(anywhere, answered(anywhere.api.get(target))["url"]) == b"\0\xff"


def test_a_file_whose_bytes_have_not_arrived_is_not_there(anywhere: Served) -> None:
    package_id = anywhere.create()
    answered(anywhere.plan(package_id, {"a": b"x"}))
    for redirect in ("true", "false"):
        answer = anywhere.api.get(f"/packages/{package_id}/download?path=a&redirect={redirect}")
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_a_path_that_the_package_does_not_hold_is_not_there(served: Served) -> None:
    package = served.finalized(FILES)
    assert served.api.get(f"/packages/{package['id']}/download?path=absent").status == 404


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a//b", "", "a%00b", "manifest.json/.."])
def test_a_path_that_breaks_a_rule_is_refused_by_name(served: Served, path: str) -> None:
    answer = served.api.get(f"/packages/{served.create()}/download?path={path}")
    assert (answer.status, answer.code) == (422, "INVALID_PATH")


def test_the_manifest_of_the_package_is_no_file_of_it(served: Served) -> None:
    package = served.finalized(FILES)
    assert served.api.get(f"/packages/{package['id']}/download?path=manifest.json").status == 404


def test_a_replaced_file_is_fetched_as_it_is_now(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {"a": b"old"})
    served.upload(package_id, {"a": b"new"}, replace=True)
    answer = answered(served.api.get(f"/packages/{package_id}/download?path=a&redirect=false"))
    assert fetched(served, answer["url"]) == b"new"


def test_a_download_is_an_attachment_under_the_name_of_the_file(served: Served) -> None:
    package = served.finalized({'x/na"me; \u00e9.html': b"<script>"})
    (path,) = served.files(package["id"])
    url = answered(served.api.get(f"/packages/{package['id']}/download?path={quote(path)}&redirect=false"))
    answer = httpx.get(url["url"])
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_changed_download_url_opens_nothing(served: Served, adjust: Configure, tmp_path: Path) -> None:
    adjust(storage="filesystem", filesystem_root=tmp_path)
    package = served.finalized({"mine": b"x"})
    other = served.finalized({"other": b"y"})
    target = f"/packages/{package['id']}/download?path=mine&redirect=false"
    url = urlsplit(answered(served.api.get(target))["url"])
    forged = f"{url.path.removeprefix('/api')}?{url.query.replace(package['id'], other['id'])}"
    answer = served.api.asked_by(None).get(forged)
    assert (answer.status, answer.code) == (401, "SIGNED_URL_REFUSED")
