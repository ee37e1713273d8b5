"""The child process of `engine`: it serves ministack and saves its state, regularly and at the end.

By itself, ministack saves only when it stops cleanly; no request and no signal makes it save. This module
calls ministack's save function between two requests, so a snapshot never shows half a transaction.
"""

import asyncio
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MARK = "saved.json"
LOCK = "lock"
BUSY_SHARE = 20  # requests wait for a snapshot, so snapshots take at most 1/20 of the time
READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "Receive")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Watched:
    """ministack's ASGI application; `changed` says whether a request may have changed the state."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.application = application
        self.changed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, then note whether it may have changed the state."""
        await self.application(scope, receive, send)
        self.changed = self.changed or (scope["type"] == "http" and _may_change(scope))


def main() -> None:
    """Serve until SIGTERM or the end of standard input; then save and exit."""
    state = Path(os.environ["STATE_DIR"]) if os.environ["PERSIST_STATE"] == "1" else None
    if state is None:
        asyncio.run(_serve(None, interval=0))
        return
    state.mkdir(parents=True, exist_ok=True)
    with (state / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _mark(state, clean=False)
        asyncio.run(_serve(state, interval=float(sys.argv[1])))
        _mark(state, clean=True, saved=True)


async def _serve(state: Path | None, *, interval: float) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app  # type: ignore[import-untyped]  # ministack ships no types

    watched = Watched(app)
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = os.environ["LOG_LEVEL"]
    end = _end()
    saving = asyncio.create_task(_keep_saving(watched, state, interval)) if state else None
    await serve(watched, config, shutdown_trigger=end.wait)  # type: ignore[arg-type]  # ASGI's types differ in name only
    if saving:
        saving.cancel()


def _end() -> asyncio.Event:
    """Return an event that is set at SIGTERM, at SIGINT, and when the parent process is gone."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, event.set)
    loop.add_signal_handler(signal.SIGINT, event.set)
    loop.add_reader(sys.stdin.fileno(), event.set)
    return event


async def _keep_saving(watched: Watched, state: Path, interval: float) -> None:
    wait = interval
    while True:
        await asyncio.sleep(wait)
        if watched.changed:
            watched.changed = False
            began = time.monotonic()
            _save()
            _mark(state, clean=False, saved=True)
            wait = max(interval, BUSY_SHARE * (time.monotonic() - began))


def _save() -> None:
    from ministack.app import _build_persistence_save_dict
    from ministack.core.persistence import save_all  # type: ignore[import-untyped]  # likewise

    save_all(_build_persistence_save_dict())


def _mark(state: Path, *, clean: bool, saved: bool = False) -> None:
    mark = state / MARK
    before = json.loads(mark.read_text()) if mark.exists() else {"saved_at": None}
    saved_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if saved else before["saved_at"]
    fresh = mark.with_suffix(".new")
    fresh.write_text(json.dumps({"saved_at": saved_at, "clean": clean}))
    fresh.replace(mark)


def _may_change(scope: Scope) -> bool:
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
    if target:
        return not target.rpartition(".")[2].startswith(READS)
    return scope["method"] not in {"GET", "HEAD"}


if __name__ == "__main__":
    main()
