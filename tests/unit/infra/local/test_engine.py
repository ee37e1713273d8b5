"""The engine keeps its state: at a clean stop, by snapshots, and when its owner dies."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from infra.local.clients import session
from infra.local.engine import Engine, Unclean

TABLE = "things"
DEADLINE_S = 20
POLL_S = 0.05


def make_engine(folder: Path, *, snapshot_s: float = 3600) -> Engine:
    return Engine(folder / "engine.log", state=folder / "engine", snapshot_s=snapshot_s)


def make_table(engine: Engine) -> None:
    client = session().client("dynamodb", endpoint_url=engine.url)
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()


def put(engine: Engine, name: str) -> None:
    client = session().client("dynamodb", endpoint_url=engine.url)
    client.put_item(TableName=TABLE, Item={"pk": {"S": name}})
    client.close()


def holds(engine: Engine, name: str) -> bool:
    client = session().client("dynamodb", endpoint_url=engine.url)
    try:
        return "Item" in client.get_item(TableName=TABLE, Key={"pk": {"S": name}})
    finally:
        client.close()


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(DEADLINE_S / POLL_S)):
        if condition():
            return
        pause.wait(POLL_S)
    pytest.fail("it did not come about in time")


def test_a_clean_stop_keeps_everything(tmp_path: Path) -> None:
    with make_engine(tmp_path) as engine:
        make_table(engine)
        put(engine, "kept")
    with make_engine(tmp_path) as again:
        assert again.unclean is None
        assert holds(again, "kept")


def test_a_power_cut_leaves_the_last_snapshot_and_the_next_start_knows(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, snapshot_s=0.2)
    engine.start()
    make_table(engine)
    put(engine, "kept")
    mark = tmp_path / "engine" / "state" / "saved.json"
    before = mark.stat().st_mtime_ns
    wait_until(lambda: mark.stat().st_mtime_ns > before)
    engine.kill()
    with make_engine(tmp_path) as again:
        assert again.unclean == Unclean(json.loads(mark.read_text())["saved_at"])
        assert again.unclean.saved_at is not None
        assert holds(again, "kept")


def test_what_came_after_the_last_snapshot_is_lost_with_the_power(tmp_path: Path) -> None:
    engine = make_engine(tmp_path)
    engine.start()
    make_table(engine)
    engine.kill()
    with make_engine(tmp_path) as again:
        assert again.unclean == Unclean(None)
        with pytest.raises(ClientError, match="ResourceNotFound"):
            holds(again, "lost")


def test_reading_alone_makes_no_snapshot(tmp_path: Path) -> None:
    with make_engine(tmp_path) as engine:
        make_table(engine)
    mark = tmp_path / "engine" / "state" / "saved.json"
    saved = json.loads(mark.read_text())["saved_at"]
    with make_engine(tmp_path, snapshot_s=0.05) as engine:
        for _ in range(10):
            assert not holds(engine, "nothing")
        assert json.loads(mark.read_text()) == {"saved_at": saved, "clean": False}


def test_an_engine_whose_owner_is_gone_saves_and_ends(tmp_path: Path) -> None:
    engine = make_engine(tmp_path)
    engine.start()
    make_table(engine)
    put(engine, "kept")
    process = engine.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(DEADLINE_S) == 0
    with make_engine(tmp_path) as again:
        assert again.unclean is None
        assert holds(again, "kept")


def test_an_interrupt_of_the_terminal_does_not_reach_the_engine(tmp_path: Path) -> None:
    with make_engine(tmp_path) as engine:
        assert engine.process is not None
        assert os.getpgid(engine.process.pid) != os.getpgid(0)
        assert engine.alive


def test_an_engine_does_not_take_another_for_itself(tmp_path: Path) -> None:
    with make_engine(tmp_path) as engine:
        taken = Engine(tmp_path / "second.log", port=engine.port)
        with pytest.raises(RuntimeError, match="is taken"):
            taken.start()


def test_a_stop_signal_is_a_clean_end(tmp_path: Path) -> None:
    engine = make_engine(tmp_path)
    engine.start()
    assert engine.process is not None
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(DEADLINE_S) == 0
    engine.stop()
    assert json.loads((tmp_path / "engine" / "state" / "saved.json").read_text())["clean"] is True
