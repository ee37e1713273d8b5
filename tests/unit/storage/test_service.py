import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.core.errors import NotFound
from chalicelib.storage import service
from chalicelib.storage.filesystem.storage import FilesystemStorage
from chalicelib.storage.s3.storage import S3Storage
from tests.conftest import Configure


def test_importing_the_service_does_not_import_boto3() -> None:
    question = "import sys, chalicelib.storage.service; print('boto3' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", question], check=True, capture_output=True, text=True)

    assert answer.stdout.strip() == "False"


def test_the_setting_chooses_the_adapter(configure: Configure, tmp_path: Path) -> None:
    configure(storage="filesystem", filesystem_root=tmp_path)
    files = service.storage()
    configure(storage="s3")
    bucket = service.storage()

    assert isinstance(files, FilesystemStorage)
    assert isinstance(bucket, S3Storage)
    assert bucket is service.storage()


def test_signed_urls_of_the_service_serve_files_only(configure: Configure) -> None:
    configure(storage="s3")

    with pytest.raises(NotFound):
        service.accept_upload({}, b"")
    with pytest.raises(NotFound):
        service.open_download({})
