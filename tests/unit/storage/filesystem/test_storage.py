import hashlib
import io
from pathlib import Path

import pytest

from chalicelib.core.errors import Invalid, NotFound, Unauthenticated
from chalicelib.storage.filesystem.storage import FilesystemStorage
from tests.conftest import Configure
from tests.unit.storage.conftest import PART_BYTES, make_settings, query_of

BYTES = b"kept, every byte provable"
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def storage(configure: Configure, tmp_path: Path) -> FilesystemStorage:
    configure()
    return FilesystemStorage(make_settings(filesystem_root=tmp_path / "objects"))


def test_other_bytes_than_signed_for_are_a_mismatch(storage: FilesystemStorage) -> None:
    request = storage.presign_put("main/a", size=len(BYTES), sha256=SHA256, media_type="text/plain")

    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        storage.accept_upload(query_of(request), BYTES[::-1])


def test_a_part_of_another_length_is_a_mismatch(storage: FilesystemStorage) -> None:
    upload_id = storage.start_multipart("main/a", media_type="text/plain")
    part = storage.presign_parts("main/a", upload_id, size=4)[0]

    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        storage.accept_upload(query_of(part.request), b"five!")


def test_a_part_of_an_upload_that_is_over_is_not_found(storage: FilesystemStorage) -> None:
    upload_id = storage.start_multipart("main/a", media_type="text/plain")
    part = storage.presign_parts("main/a", upload_id, size=4)[0]
    storage.abort_multipart("main/a", upload_id)

    with pytest.raises(NotFound):
        storage.accept_upload(query_of(part.request), b"four")


def test_a_download_url_opens_the_object_under_its_name(storage: FilesystemStorage) -> None:
    storage.put("main/a", io.BytesIO(BYTES), len(BYTES), SHA256)
    request = storage.presign_get("main/a", filename="Bericht é.txt", media_type="text/plain")

    chunks, media_type, filename = storage.open_download(query_of(request))

    assert (b"".join(chunks), media_type, filename) == (BYTES, "text/plain", "Bericht é.txt")


def test_a_download_url_of_nothing_is_not_found(storage: FilesystemStorage) -> None:
    request = storage.presign_get("main/absent", filename="x", media_type="text/plain")

    with pytest.raises(NotFound):
        storage.open_download(query_of(request))


def test_a_url_for_one_direction_does_not_serve_the_other(storage: FilesystemStorage) -> None:
    upload = storage.presign_put("main/a", size=len(BYTES), sha256=SHA256, media_type="text/plain")
    download = storage.presign_get("main/a", filename="x", media_type="text/plain")

    with pytest.raises(Unauthenticated):
        storage.open_download(query_of(upload))
    with pytest.raises(Unauthenticated):
        storage.accept_upload(query_of(download), BYTES)


@pytest.mark.parametrize("upload_id", ["../../main", "..", "/etc", "", "upl_of_another_key"])
def test_a_strange_upload_id_names_no_folder(
    storage: FilesystemStorage, tmp_path: Path, upload_id: str
) -> None:
    storage.put("main/a", io.BytesIO(BYTES), len(BYTES), SHA256)
    before = sorted(tmp_path.rglob("*"))

    storage.abort_multipart("main/b", upload_id)

    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(NotFound):
        storage.presign_parts("main/b", upload_id, size=PART_BYTES)


def test_joined_parts_leave_no_second_copy(storage: FilesystemStorage, tmp_path: Path) -> None:
    upload_id = storage.start_multipart("main/a", media_type="text/plain")
    for part in storage.presign_parts("main/a", upload_id, size=len(BYTES)):
        storage.accept_upload(query_of(part.request), BYTES)

    assert storage.complete_multipart("main/a", upload_id, size=len(BYTES))

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]
