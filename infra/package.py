"""`make package STAGE=dev`: everything that is deployed, in `build/package`.

requirements.txt from the lock → libraries for Lambda's platform (kept until the lock changes) → a clean
copy of the sources, with the OpenAPI description and the error catalogue written into it → `chalice
package` there, with infra/resources.json merged → what Chalice cannot say → cfn-lint. What is left is
`sam.json` and `deployment.zip`.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra import groups, requirements, template

PROJECT = Path(__file__).parents[1]
RESOURCES = PROJECT / "infra" / "resources.json"
# what Lambda's own Linux can load: glibc 2.26 up to Python 3.11, 2.34 from 3.12 on
PLATFORMS = ["manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_26_x86_64"]
NEWER_PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_34_x86_64"]
GLIBC_2_34_SINCE = (3, 12)
# CloudFormation takes a template of 1 MB at most, and SAM's transformation makes it larger: its roles,
# mappings and deployments are written out. A tenth is left for that.
MAX_TEMPLATE_BYTES = 900_000
DESCRIBE = """
import json
from chalicelib.http.routes import routes
from chalicelib.web.service import catalogue
documents = catalogue.documents()
domains = {}
for route in routes:
    domains.setdefault(route.path, []).append(route.view.__module__.split(".")[1])
print(json.dumps({"documents": documents, "domains": domains}))
"""


def main() -> int:
    """Package for `--stage`; the exit code is cfn-lint's, or 1 when the template is too large."""
    parser = argparse.ArgumentParser(description="Package Holdfast for CloudFormation.")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--out", type=Path, default=PROJECT / "build" / "package")
    arguments = parser.parse_args()
    libraries = collect_libraries(PROJECT, requirements.write(PROJECT))
    package(PROJECT, arguments.out, stage=arguments.stage, libraries=libraries)
    problems = lint(arguments.out / "sam.json")
    size, size_mb = template_size(arguments.out), (arguments.out / "deployment.zip").stat().st_size / 1e6
    print(
        f"{arguments.out}: sam.json ({size:,} bytes) and deployment.zip ({size_mb:.1f} MB)"
        f" for stage {arguments.stage}"
    )
    if size > MAX_TEMPLATE_BYTES:
        print(
            f"sam.json has {size:,} bytes; at most {MAX_TEMPLATE_BYTES:,} can be deployed.", file=sys.stderr
        )
        return 1
    return problems


def template_size(out: Path) -> int:
    """Return how many bytes the packaged template has."""
    return (out / "sam.json").stat().st_size


def collect_libraries(project: Path, wanted: Path) -> Path:
    """Return the folder of the libraries that `wanted` (a hashed requirements file) names, built for Lambda.

    It is made once for each content of `wanted` and kept. Raises `subprocess.CalledProcessError`
    when a library has no wheel that Lambda can load.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(wanted.read_bytes() + python.encode()).hexdigest()[:16]
    folder = project / "build" / f"libraries-{digest}"
    if not folder.exists():
        fresh = folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        platforms = PLATFORMS + (NEWER_PLATFORMS if sys.version_info >= GLIBC_2_34_SINCE else [])
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += [
            "--target",
            str(fresh),
            "--no-deps",
            "--no-compile",
            "--only-binary=:all:",
            "--require-hashes",
        ]
        pip += ["--implementation", "cp", "--python-version", python]
        pip += [f"--platform={platform}" for platform in platforms]
        subprocess.run([*pip, "-r", str(wanted)], check=True)
        fresh.rename(folder)
    return folder


def package(project: Path, out: Path, *, stage: str, libraries: Path | None) -> dict[str, Any]:
    """Package `project` into `out` and return the template; without `libraries` only the app is zipped.

    Raises `subprocess.CalledProcessError` when Chalice refuses the app.
    """
    source = out.with_name(f"{out.name}-source")
    _copy_source(project, source, libraries)
    api = groups.read(project, _write_documents(source))
    shutil.rmtree(out, ignore_errors=True)
    chalice = [sys.executable, "-c", "from chalice.cli import main; main()", "package"]
    options = ["--stage", stage, "--merge-template", str(RESOURCES.resolve()), str(out.resolve())]
    subprocess.run(
        [*chalice, *options], cwd=source, env=_environment(), check=True, stdout=subprocess.DEVNULL
    )
    made = template.complete(json.loads((out / "sam.json").read_text()), stage=stage, api=api)
    (out / "sam.json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
    return made


def lint(path: Path) -> int:
    """Print what cfn-lint finds in the template and return its exit code; 0 = nothing."""
    program = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run([str(program), str(path)], check=False).returncode


def _copy_source(project: Path, source: Path, libraries: Path | None) -> None:
    # Chalice zips whatever it finds: caches of this machine must not be there
    shutil.rmtree(source, ignore_errors=True)
    left_out = {"chalicelib": ["__pycache__"], ".chalice": ["deployed", "deployments"]}
    for folder, names in left_out.items():
        shutil.copytree(project / folder, source / folder, ignore=shutil.ignore_patterns(*names))
    shutil.copy(project / "app.py", source)
    _vendor(project, source / "vendor", libraries)


def _vendor(project: Path, vendor: Path, libraries: Path | None) -> None:
    """Lay out what is packed beside the app: the libraries, and the contract without the client."""
    vendor.mkdir()
    for part in libraries.iterdir() if libraries else ():
        (vendor / part.name).symlink_to(part.resolve())
    contract = project / "holdfast"
    shutil.copytree(contract / "api", vendor / "holdfast/api", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(contract / "__init__.py", vendor / "holdfast")


def _write_documents(source: Path) -> dict[str, list[str]]:
    """Write what the function of the group `web` cannot compute; return the domains of each path.

    The routes of all domains are imported for it, in a process of its own and from the copy.
    """
    ran = subprocess.run(
        [sys.executable, "-c", DESCRIBE], cwd=source, env=_environment(), check=True, stdout=subprocess.PIPE
    )
    described: dict[str, Any] = json.loads(ran.stdout)
    for name, text in described["documents"].items():
        (source / "chalicelib" / "web" / name).write_text(text)
    domains: dict[str, list[str]] = described["domains"]
    return domains


def _environment() -> dict[str, str]:
    # the app is imported to find its routes: what this machine is set to must not show in them
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "AWS_"))}
    return {**own, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    sys.exit(main())
