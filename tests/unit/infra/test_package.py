"""What is in the zip, and that cfn-lint has nothing to say."""

from pathlib import Path

from infra.package import lint


def test_the_package_holds_the_service_and_nothing_else_of_ours(zipped: list[str]) -> None:
    tops = {name.partition("/")[0] for name in zipped}
    assert tops == {"app.py", "chalicelib", "chalice", "holdfast"}


def test_of_the_client_s_distribution_the_package_holds_the_contract_alone(zipped: list[str]) -> None:
    client = {
        name for name in zipped if name.startswith("holdfast/") and not name.startswith("holdfast/api/")
    }
    assert client == {"holdfast/__init__.py"}
    assert "holdfast/api/packages.py" in zipped


def test_the_package_holds_no_cache_of_this_machine(zipped: list[str]) -> None:
    assert not [name for name in zipped if "__pycache__" in name or name.endswith(".pyc")]


def test_the_generated_template_is_in_order(package_folder: Path) -> None:
    assert lint(package_folder / "sam.json") == 0


def test_packaging_leaves_no_setting_of_this_machine_in_the_template(package_folder: Path) -> None:
    assert str(Path.home()) not in (package_folder / "sam.json").read_text()
