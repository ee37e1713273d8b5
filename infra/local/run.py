"""`make run`: the embedded stack in the foreground, until SIGTERM or Ctrl-C.

This process serves the app and runs its workers; its child process is the engine. `HOLDFAST_HOME`
(default `.holdfast`) is the folder that keeps everything. `PORT` (default 8000, 0 for any free port) is the
port on which the stack answers.
"""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from infra.local.clients import session
from infra.local.engine import Engine, free_port
from infra.local.environment import WORKSPACE, environment, first_token
from infra.local.functions import Functions
from infra.local.home import Home, Occupied, Unusable
from infra.local.resources import Resources, create

PROJECT = Path(__file__).parents[2]
DEFAULT_PORT = 8000
LAST_PORT = 65_535
ENGINE_CHECK_S = 1.0
CANNOT_START = 2
AT_START = {"certify_storage"}


def main() -> int:
    """Run the stack until SIGTERM or Ctrl-C, and return its exit code.

    The code is 0, or 1 when the engine ended by itself, or 2 when the stack cannot start.
    """
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("infra.local").setLevel(logging.INFO)
    home = Home(Path(os.environ.get("HOLDFAST_HOME") or ".holdfast"))
    try:
        with home.occupied(), _listener() as bound:
            return _run(home, bound, ending)
    except (Occupied, PortTaken, Unusable) as error:
        print(error, file=sys.stderr)
        return CANNOT_START


class PortTaken(Exception):
    """The port cannot be used; the message is one sentence that says so."""


@contextmanager
def _listener() -> Iterator[socket.socket]:
    port = _port(os.environ.get("PORT") or str(DEFAULT_PORT))
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} cannot be used ({error.strerror}). Choose another with PORT."
            ) from None
        yield bound


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LAST_PORT):
        raise PortTaken(f"PORT must be a number from 0 to {LAST_PORT}, not {text!r}.")
    return int(text)


def _run(home: Home, bound: socket.socket, ending: threading.Event) -> int:
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    with _engine(home) as engine, ExitStack() as running:
        resources = create(engine.url)
        settings = environment(os.environ, home, url=url, engine_url=engine.url, resources=resources)
        os.environ.clear()  # the settings leave out variables that must not be used, such as AWS_PROFILE
        os.environ.update(settings)
        _start_app(bound, resources, running)
        _announce(home, url, engine, resources)
        while not ending.wait(ENGINE_CHECK_S):
            if not engine.alive:
                print(f"The engine ended by itself; its log is {home.engine_log}.", file=sys.stderr)
                return 1
        print("stopping: requests under way finish, then the state is saved", file=sys.stderr)
    print("stopped", file=sys.stderr)
    return 0


def _engine(home: Home) -> Engine:
    print(f"starting with the state in {home.path}", file=sys.stderr)
    port = home.engine_port()
    engine = Engine(
        home.engine_log, port=port if port and _free(port) else free_port(), state=home.engine_state
    )
    home.keep_engine_port(engine.port)
    return engine


def _start_app(bound: socket.socket, resources: Resources, running: ExitStack) -> None:
    from app import app
    from chalicelib.core.settings import settings
    from infra.local.gateway import BODY_LIMIT_BYTES, Gateway
    from infra.local.pollers import QueuePoller, Scheduler
    from infra.local.server import LocalServer

    functions = Functions(app, PROJECT)
    upload_limit = max(BODY_LIMIT_BYTES, settings().multipart_threshold_bytes)
    sqs = session().client("sqs", endpoint_url=settings().sqs_endpoint_url)
    scheduler = Scheduler(functions.of_schedules(), functions, at_start=AT_START)
    pollers = [
        QueuePoller(function, url=resources.queue_url_prefix + function.queue, sqs=sqs, functions=functions)
        for function in functions.of_queues()
    ]
    server = LocalServer(bound, Gateway(app, functions, upload_limit=upload_limit))
    parts: list[Scheduler | QueuePoller | LocalServer] = [scheduler, *pollers, server]
    for part in parts:
        part.start()
        running.callback(part.stop)


def _announce(home: Home, url: str, engine: Engine, resources: Resources) -> None:
    if engine.unclean:
        when = engine.unclean.saved_at or "before anything was saved"
        print(f"The last run did not end cleanly: the state is that of {when}; later changes are lost.")
    token = first_token(os.environ, home)
    home.write_note(
        {
            "url": url,
            "token": token,
            "workspace": WORKSPACE,
            "pid": os.getpid(),
            "jwt_secret_file": str(home.secret_file),
            "engine": {"url": engine.url, "pid": engine.pid, **resources._asdict()},
        }
    )
    print(f"token {token}\nready {url}", flush=True)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
