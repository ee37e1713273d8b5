import stat
from pathlib import Path

import pytest

from holdfast.client import configuration
from holdfast.client.configuration import resolve
from holdfast.errors import InputError, LocalError
from tests.support.stacks.notes import make_stack


def keep(name: str = "default", **values: str) -> None:
    kept = {"url": "https://kept.test", "token": "kept", **values}
    configuration.save_profile(name, workspace="kept-workspace", **kept)


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_URL", "https://env.test")
    monkeypatch.setenv("HOLDFAST_TOKEN", "env")
    monkeypatch.setenv("HOLDFAST_WORKSPACE", "env-workspace")
    assert resolve(url="https://arg.test", token="arg", workspace="w") == ("https://arg.test", "arg", "w")
    assert resolve() == ("https://env.test", "env", "env-workspace")


def test_the_environment_wins_over_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    monkeypatch.setenv("HOLDFAST_TOKEN", "env")
    assert resolve() == ("https://kept.test", "env", "kept-workspace")


def test_a_profile_wins_over_a_local_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOLDFAST_HOME", str(make_stack(tmp_path)))
    assert resolve() == ("http://127.0.0.1:8000", "stack-token", "local")
    keep()
    assert resolve() == ("https://kept.test", "kept", "kept-workspace")


def test_a_local_stack_is_found_in_this_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOLDFAST_HOME")
    monkeypatch.chdir(make_stack(tmp_path).parent)
    assert resolve().token == "stack-token"


@pytest.mark.parametrize("elsewhere", ["https://other.test", "https://kept.test.evil.test"])
def test_a_kept_token_is_sent_to_no_other_address(monkeypatch: pytest.MonkeyPatch, elsewhere: str) -> None:
    keep()
    monkeypatch.setenv("HOLDFAST_URL", elsewhere)
    with pytest.raises(InputError, match="No token is configured"):
        resolve()


def test_a_kept_token_is_sent_to_its_own_address_however_it_is_written() -> None:
    keep(url="https://kept.test/api")
    assert resolve(url="https://kept.test/").token == "kept"


def test_a_named_profile_is_used() -> None:
    keep()
    keep("staging", url="https://staging.test", token="staged")
    assert resolve(profile="staging").token == "staged"
    assert resolve().token == "kept"
    with pytest.raises(InputError, match="There is no profile 'prod'"):
        resolve(profile="prod")


def test_nothing_configured_says_what_to_do() -> None:
    with pytest.raises(InputError) as raised:
        resolve()
    assert "holdfast login" in raised.value.next_step


def test_the_configuration_file_is_its_owners_alone(own_configuration: Path) -> None:
    keep()
    keep('stag"ing é\\', token='quo"te')
    file = own_configuration / "holdfast" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert resolve(profile='stag"ing é\\').token == 'quo"te'
    assert [entry.name for entry in file.parent.iterdir()] == ["config.toml"]


def test_a_file_that_others_could_read_is_narrowed_when_it_is_written(own_configuration: Path) -> None:
    keep()
    file = own_configuration / "holdfast" / "config.toml"
    file.chmod(0o644)
    keep("staging")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_broken_file_is_named(own_configuration: Path) -> None:
    file = own_configuration / "holdfast" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("profiles = [")
    with pytest.raises(LocalError, match=r"config\.toml cannot be read"):
        resolve()
    assert resolve(url="https://h.test", token="t").token == "t"


def test_a_folder_that_cannot_be_written_is_named(own_configuration: Path) -> None:
    own_configuration.mkdir()
    (own_configuration / "holdfast").symlink_to("nowhere")
    with pytest.raises(LocalError, match=r"config\.toml cannot be written"):
        keep()


def test_a_token_is_in_no_repr() -> None:
    keep(token="kept-secret")
    assert "kept-secret" not in repr(resolve())
    assert "kept-secret" not in repr(configuration.Source("https://h.test", "kept-secret"))
