"""The home of one embedded stack."""

import stat
from pathlib import Path

import pytest

from infra.local.home import Home, Occupied


def test_the_secret_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = home.secret()
    assert len(bytes.fromhex(secret)) == 32
    assert Home(tmp_path).secret() == secret
    assert stat.S_IMODE(home.secret_file.stat().st_mode) == 0o600


def test_the_note_is_its_owners_alone_and_gone_after_the_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.occupied():
        home.write_note({"url": "http://127.0.0.1:1", "pid": 1})
        assert stat.S_IMODE(home.note.stat().st_mode) == 0o600
    assert not home.note.exists()


def test_two_stacks_cannot_share_a_home(tmp_path: Path) -> None:
    home, second = Home(tmp_path), Home(tmp_path)
    with home.occupied():
        home.write_note({"url": "http://127.0.0.1:4711", "pid": 42})
        with pytest.raises(Occupied, match=r"process 42, http://127\.0\.0\.1:4711"), second.occupied():
            pass
    with second.occupied():
        assert not second.note.exists()


def test_a_note_that_a_killed_stack_left_is_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write_note({"url": "http://127.0.0.1:1", "pid": 1})
    with home.occupied():
        assert not home.note.exists()


def test_the_engines_port_is_remembered(tmp_path: Path) -> None:
    assert Home(tmp_path).engine_port() is None
    Home(tmp_path).keep_engine_port(4711)
    assert Home(tmp_path).engine_port() == 4711
