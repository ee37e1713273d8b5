"""Checks against a JSON Schema in a process of their own, which is stopped when it works too long.

Python's `re` tries a text as often as a pattern makes it: `^(a+)+$` takes years for one line. Meanwhile
nothing else in the process runs. Only another process can be stopped reliably. The limit counts processor
seconds, so a busy machine accepts the same schemas as a quiet one.
"""

import json
import math
import resource
import subprocess
import sys
from typing import Any

from chalicelib.core.errors import Unavailable
from chalicelib.validation.json_schema import Breach, breaches_here, is_cheap
from holdfast.api.codes import UNAVAILABLE

MAX_WORK_S = 2
TOO_COSTLY = f"the check takes more than {MAX_WORK_S} seconds of work (MAX_WORK_S); simplify the schema"
MAX_WAIT_S = 20  # the API answers within 29 seconds
# loading `rfc3987_syntax`, where it is installed, takes three seconds, for a format that refuses nothing here
UNNEEDED = "sys.modules['rfc3987_syntax'] = None"
START = f"import sys; sys.path[:] = sys.argv[1:]; {UNNEEDED}; from {__name__} import main; main()"


def breaches(schema: dict[str, Any], value: Any) -> list[Breach]:
    """Return at most 20 places where `value` breaks `schema`, a schema without a `flaw`.

    Raises `Unavailable` when this machine is too busy to check in time.
    """
    if is_cheap(schema, value):
        return breaches_here(schema, value)
    found = _breaches_in_subprocess(schema, value)
    return [Breach("", TOO_COSTLY)] if found is None else [Breach(*pair) for pair in found]


def _breaches_in_subprocess(schema: dict[str, Any], value: Any) -> list[list[str]] | None:
    """Return each place with its rule; None when the check takes more than MAX_WORK_S processor seconds.

    Raises `Unavailable` when the check has no result within MAX_WAIT_S seconds.
    """
    question = json.dumps([schema, value]).encode()
    command = [sys.executable, "-c", START, *sys.path]
    try:
        ended = subprocess.run(  # noqa: S603  our own interpreter and module, no input of a client
            command, input=question, capture_output=True, timeout=MAX_WAIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(UNAVAILABLE, "The metadata could not be checked in time; try again.") from None
    if ended.returncode < 0:
        return None
    ended.check_returncode()
    found: list[list[str]] = json.loads(ended.stdout)
    return found


def main() -> None:
    """Read `[schema, value]` from stdin and print the breaches; MAX_WORK_S of work end the process."""
    from jsonschema import Draft202012Validator

    schema, value = json.load(sys.stdin)
    Draft202012Validator.check_schema({})  # the cost of loading must not count as the schema's work
    _limit()
    json.dump(breaches_here(schema, value), sys.stdout)


def _limit() -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(spent.ru_utime + spent.ru_stime) + MAX_WORK_S
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
