"""The wheel holds the client alone, and the client runs where only its own dependencies are installed."""

import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import files
from pathlib import Path
from shutil import copytree, ignore_patterns
from zipfile import ZipFile

import pytest

from holdfast.api.version import VERSION
from infra.requirements import closure

ROOT = Path(__file__).parents[3]
LEFT_OUT = (".*", "build", "*.egg-info", "__pycache__", "tests")
INSTALLED = Path(sysconfig.get_path("purelib"))
IMPORT_ALL = """
import importlib, pkgutil, holdfast
for module in pkgutil.walk_packages(holdfast.__path__, "holdfast."):
    if module.name != "holdfast.__main__":
        importlib.import_module(module.name)
"""


def pip(*arguments: str | Path) -> None:
    """Run pip without an index, a cache or this machine's settings: nothing can be fetched."""
    offline = ("--isolated", "--quiet", "--disable-pip-version-check", "--no-cache-dir")
    subprocess.run([sys.executable, "-m", "pip", *offline, *arguments], check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clean copy, which has the service, so that only the project's settings leave it out."""
    source, out = tmp_path_factory.mktemp("source") / "clone", tmp_path_factory.mktemp("wheel")
    copytree(ROOT, source, ignore=ignore_patterns(*LEFT_OUT))
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", out, source)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment that has the wheel and what the client asks for, and no more."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    pip("--python", programs / "python", "install", "--no-index", "--no-deps", wheel)
    lend(closure({"holdfast"}) - {"holdfast"}, folder.joinpath("lib", INSTALLED.parent.name, "site-packages"))
    return programs


def lend(libraries: set[str], site_packages: Path) -> None:
    """Link what `libraries` installed in this environment into `site_packages`."""
    tops = {path.parts[0] for name in libraries for path in files(name) or ()}
    for top in tops - {"..", "__pycache__"}:
        (site_packages / top).symlink_to(INSTALLED / top)


def output(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env={}, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_client_alone(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in ZipFile(wheel).namelist()}
    assert tops == {"holdfast", f"holdfast-{VERSION}.dist-info"}


def test_the_wheel_holds_every_file_of_the_client(wheel: Path) -> None:
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "holdfast").rglob("*.py")}
    packed = {name for name in ZipFile(wheel).namelist() if name.startswith("holdfast/")}
    assert packed == sources | {"holdfast/py.typed"}


def test_the_wheel_asks_for_no_library_of_the_service(wheel: Path) -> None:
    metadata = ZipFile(wheel).read(f"holdfast-{VERSION}.dist-info/METADATA").decode()
    assert "Requires-Dist: httpx" in metadata
    assert not [word for word in ("boto3", "chalice", "pynamodb", "Provides-Extra") if word in metadata]


def test_the_program_shows_its_help_in_an_empty_environment(empty: Path, tmp_path: Path) -> None:
    assert "ingest" in output(empty / "holdfast", "--help", cwd=tmp_path)


def test_the_module_is_the_program_in_an_empty_environment(empty: Path, tmp_path: Path) -> None:
    assert output(empty / "python", "-m", "holdfast", "--version", cwd=tmp_path) == f"holdfast {VERSION}\n"


def test_the_package_says_its_version_in_an_empty_environment(empty: Path, tmp_path: Path) -> None:
    code = "import holdfast; print(holdfast.__version__)"
    assert output(empty / "python", "-c", code, cwd=tmp_path) == f"{VERSION}\n"


def test_every_module_of_the_client_imports_in_an_empty_environment(empty: Path, tmp_path: Path) -> None:
    assert output(empty / "python", "-W", "error", "-c", IMPORT_ALL, cwd=tmp_path) == ""


@pytest.mark.parametrize("module", ["boto3", "chalice", "chalicelib", "infra", "pynamodb"])
def test_the_empty_environment_has_nothing_of_the_service(empty: Path, tmp_path: Path, module: str) -> None:
    code = f"import importlib.util; print(importlib.util.find_spec({module!r}))"
    assert output(empty / "python", "-c", code, cwd=tmp_path) == "None\n"
