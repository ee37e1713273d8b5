"""The configuration: read once, frozen, and an empty variable is none."""

import pytest
from pydantic import ValidationError

from chalicelib.core.settings import Integrity, Settings, StorageKind, settings
from tests.conftest import Configure


def test_every_setting_has_a_default_and_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert not field.is_required(), name
        assert field.description, name
        assert field.description.endswith("."), name


def test_an_empty_variable_counts_as_unset(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure()
    expected = {name: getattr(settings(), name) for name in Settings.model_fields}
    for name in Settings.model_fields:
        if name != "jwt_secret":
            monkeypatch.setenv(f"HOLDFAST_{name.upper()}", "")
    settings.cache_clear()
    assert {name: getattr(settings(), name) for name in Settings.model_fields} == expected


def test_a_variable_sets_its_setting(configure: Configure) -> None:
    configure(storage="filesystem", s3_integrity="readback", upload_url_ttl_s="60")
    current = settings()
    assert current.storage is StorageKind.FILESYSTEM
    assert current.s3_integrity is Integrity.READBACK
    assert current.upload_url_ttl_s == 60


def test_a_switch_is_turned_on_by_a_word(configure: Configure) -> None:
    configure(storage="s3", s3_object_lock="true")
    assert settings().s3_object_lock is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("storage", "tape"),
        ("namespace", "Not#A#Key"),
        ("namespace", "a/b"),
        ("s3_integrity", "hope"),
        ("s3_addressing_style", "dns"),
        ("upload_url_ttl_s", "59"),
        ("upload_url_ttl_s", "43201"),
        ("multipart_threshold_bytes", "1"),
        ("s3_object_lock", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_the_start(configure: Configure, name: str, value: str) -> None:
    configure(**{name: value})
    with pytest.raises(ValidationError, match=name):
        settings()


def test_settings_are_read_once_and_never_change(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(table_name="first")
    assert settings().table_name == "first"
    monkeypatch.setenv("HOLDFAST_TABLE_NAME", "second")
    assert settings().table_name == "first"
    with pytest.raises(ValidationError, match="frozen"):
        settings().table_name = "third"  # type: ignore[misc]  # what is tried is what mypy refuses


def test_no_secret_is_ever_shown(configure: Configure) -> None:
    configure(jwt_secret="hush" * 9, s3_secret_access_key="quiet" * 9)
    shown = f"{settings()!r} {settings()} {settings().model_dump_json()}"
    assert "hush" not in shown
    assert "quiet" not in shown
    assert settings().jwt_secret is not None
