import pytest
import typer
from typer.testing import CliRunner

from holdfast.cli import failures
from holdfast.cli.failures import exit_code
from holdfast.cli.program import Program
from holdfast.errors import (
    ApiError,
    HoldfastError,
    InputError,
    Interrupted,
    LocalError,
    OperationFailed,
    StoreError,
    Unreachable,
)

BREACH = {"field": "metadata.rig", "rule": "is required"}
DIFFERENCE = {"what": "contract.tests", "fixed": {"type": "integer"}, "sent": None}


def api_error(status: int, code: str = "CODE") -> ApiError:
    return ApiError(status, code, "No.", details={})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("X", ""), 2),
        (LocalError("X", ""), 3),
        (StoreError("X", ""), 3),
        (Unreachable("X", ""), 3),
        (OperationFailed("X", ""), 3),
        (Interrupted("X", ""), 3),
        *[(api_error(status), 2) for status in (400, 401, 403, 404, 409, 413, 422)],
        *[(api_error(status), 3) for status in (408, 429, 500, 502, 503, 504)],
        (api_error(409, "INCOMPLETE_PACKAGE"), 3),
    ],
)
def test_what_can_never_succeed_is_2_and_what_may_is_3(error: HoldfastError, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyError("x"), 3, "INTERNAL_ERROR: The program failed: KeyError.\n"),
        (KeyboardInterrupt(), 3, "INTERRUPTED: "),
        (EOFError(), 3, "INTERRUPTED: "),
        (typer.Exit(1), 1, ""),
        (ApiError(503, "UNAVAILABLE", "Later.", request_id="req_7", details={}), 3, "request req_7"),
        (
            ApiError(
                422, "CONVENTION_NOT_MET", "2 rules.", details={"errors": [BREACH, {"field": "odd"}, "odd"]}
            ),
            2,
            "CONVENTION_NOT_MET: 2 rules.\n  metadata.rig: is required\n  next: Fix each",
        ),
        (
            ApiError(409, "HOOK_CONTRACT_CONFLICT", "It differs.", details={"differences": [DIFFERENCE]}),
            2,
            '\n  contract.tests: fixed {"type":"integer"}, sent null\n  next: ',
        ),
        (
            InputError(
                "INVALID_REQUEST", "All of them.", errors=[BREACH, {"field": "(body)", "rule": "is odd"}]
            ),
            2,
            " breaks 2 rules.\n  metadata.rig: is required\n  the request: is odd\n",
        ),
        (
            InputError("ODD", "evil\x1b[2J", next_step="Do that."),
            2,
            "ODD: evil\N{REPLACEMENT CHARACTER}[2J\n  next: Do that.\n",
        ),
    ],
)
def test_every_end_has_a_code_and_a_line(error: BaseException, code: int, told: str) -> None:
    app = typer.Typer(cls=Program, rich_markup_mode=None)

    @app.command()
    def end() -> None:
        raise error

    @app.command()
    def other() -> None: ...

    ended = CliRunner().invoke(app, ["end"])
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert told in ended.stderr


@pytest.mark.parametrize("arguments", [["lost"], ["end", "--lost"], ["end", "more"], []])
def test_a_wrong_command_line_is_2(arguments: list[str]) -> None:
    app = typer.Typer(cls=Program, rich_markup_mode=None)

    @app.command()
    def end() -> None: ...

    @app.command()
    def other() -> None: ...

    ended = CliRunner().invoke(app, arguments)
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "INVALID_USAGE")


def test_of_many_broken_rules_the_number_is_the_service_s(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {"errors": [BREACH] * 20}
    error = ApiError(422, "INVALID_REQUEST", "metadata.rig is required (and 49 more errors).", details=listed)
    failures.report(error)
    assert "(and 49 more errors)" in capsys.readouterr().err
    failures.report(InputError("INVALID_REQUEST", "", errors=[BREACH] * 3))
    assert "The request breaks 3 rules." in capsys.readouterr().err
