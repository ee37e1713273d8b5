"""The deployment as it is generated, once for each stage: everything but the libraries is in it."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from infra.package import PROJECT, package

Template = dict[str, Any]


@pytest.fixture(scope="session")
def package_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "dev"
    package(PROJECT, folder, stage="dev", libraries=None)
    return folder


@pytest.fixture(scope="session")
def template(package_folder: Path) -> Template:
    found: Template = json.loads((package_folder / "sam.json").read_text())
    return found


@pytest.fixture(scope="session")
def zipped(package_folder: Path) -> list[str]:
    with ZipFile(package_folder / "deployment.zip") as content:
        return content.namelist()


@pytest.fixture(scope="session")
def prod_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return package(PROJECT, tmp_path_factory.mktemp("package") / "prod", stage="prod", libraries=None)
