"""Prepare the output folder of a run, check the output against the hook's contract, and read its rows.

The folder holds three files, and the code may write each of them as it likes. `run.json` is ours: we write
it before the code runs and read it back, so it shows that the output belongs to this run. `result.json` is
the verdict of the code. `rows.ndjson` holds its rows, one JSON object a line.

Nothing in the folder is believed. A file is opened without following a link and without waiting for a pipe.
It is read in pieces of limited size. Every line is checked against the contract before the first row counts.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from chalicelib.core import canonical
from chalicelib.core.errors import Invalid
from chalicelib.hooks.models.hook import MAX_ROW_BYTES, read_row
from chalicelib.hooks.models.output import MAX_RESULT_BYTES, MAX_ROWS, NOTE, RESULT, ROWS, HookResult, Output
from holdfast.api.codes import HOOK_OUTPUT_BROKEN, RUN_NOTE_DIFFERS
from holdfast.api.columns import Column
from holdfast.api.messages import rule_in_words

STEP_ROWS = 1000

Step = Callable[[], None]


def prepare(folder: Path, note: dict[str, Any]) -> None:
    """Make the output folder, which must not exist yet, and write `note` into it as `run.json`."""
    folder.mkdir(parents=True)
    (folder / NOTE).write_bytes(canonical.encode(note))


def check(folder: Path, *, note: dict[str, Any], contract: list[Column], step: Step) -> Output:
    """Check the whole output in `folder` and return it; `step` is called after each 1,000 rows.

    Raises `Invalid`: RUN_NOTE_DIFFERS when `run.json` is not equal to `note`, HOOK_OUTPUT_BROKEN, or
    ROW_NOT_OF_CONTRACT with the line of the first bad row.
    """
    _demand_note(folder, note)
    result = _result(folder)
    digest, count = hashlib.sha256(), 0
    for line in lines(folder, contract=contract):
        count += 1
        digest.update(line + b"\n")
        if count > MAX_ROWS:
            raise _broken(f"{ROWS} has more than {MAX_ROWS} rows (MAX_ROWS)")
        if count % STEP_ROWS == 0:
            step()
    return Output(result=result, row_count=count, digest=f"sha256:{digest.hexdigest()}")


def lines(folder: Path, *, contract: list[Column]) -> Iterator[bytes]:
    """Yield every row as canonical JSON, in order; none when there is no file of rows.

    Raises `Invalid` (ROW_NOT_OF_CONTRACT) at the first line that is not a row of the contract.
    """
    with _open_output(folder, ROWS) as file:
        if file is None:
            return
        number = 0
        while line := file.readline(MAX_ROW_BYTES + 2):
            number += 1
            row = read_row(line.removesuffix(b"\n"), number=number, contract=contract)
            yield canonical.encode(row)


def _demand_note(folder: Path, note: dict[str, Any]) -> None:
    found = _small(folder, NOTE)
    if found != note:
        message = f"{NOTE} in the output folder is missing or names another run, hook, version or digest."
        raise Invalid(RUN_NOTE_DIFFERS, message, expected=note)


def _result(folder: Path) -> HookResult:
    found = _small(folder, RESULT)
    if found is None:
        raise _broken(f"{RESULT} is missing, or it is not JSON of at most {MAX_RESULT_BYTES} bytes")
    if not isinstance(found, dict):
        raise _broken(f"{RESULT} must be a JSON object")
    try:
        return HookResult.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _broken(f"`{where}` in {RESULT} {rule_in_words(first)}") from None


def _small(folder: Path, name: str) -> Any:
    """Return the value in a small file of JSON; None when the file is missing, too long, or not JSON."""
    with _open_output(folder, name) as file:
        content = file.read(MAX_RESULT_BYTES + 1) if file else b""
    if len(content) > MAX_RESULT_BYTES:
        return None
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError):
        return None


@contextmanager
def _open_output(folder: Path, name: str) -> Iterator[BinaryIO | None]:
    """Open a regular file of the output for reading; yield None when it is missing.

    Raises `Invalid` (HOOK_OUTPUT_BROKEN) for any other kind of file. The code may have made a link to a
    file that only we may read, or a pipe that never ends.
    """
    with ExitStack() as stack:
        held = _open(stack, folder, os.O_DIRECTORY)
        found = _open(stack, Path(name), os.O_NONBLOCK, at=held) if held is not None else None
        if found is None:
            yield None
            return
        if not stat.S_ISREG(os.fstat(found).st_mode):
            raise _broken(f"{name} is not a regular file")
        yield stack.enter_context(os.fdopen(found, "rb", closefd=False))


def _open(stack: ExitStack, path: Path, flags: int, *, at: int | None = None) -> int | None:
    """Return a descriptor that `stack` closes; None when nothing is at the path."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=at)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _broken(f"{path.name} cannot be opened: {error.strerror}") from None
    stack.callback(os.close, opened)
    return opened


def _broken(rule: str) -> Invalid:
    return Invalid(HOOK_OUTPUT_BROKEN, f"{rule[:400]}.", rule=rule[:400])
