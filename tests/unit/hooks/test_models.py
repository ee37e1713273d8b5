"""What a contract says of a row, and in what two contracts differ."""

from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.hooks.models.hook import MAX_ROW_BYTES, differences, read_row
from holdfast.api.codes import ROW_NOT_OF_CONTRACT
from holdfast.api.columns import Column
from holdfast.api.hooks import Hook
from tests.support.factories import MOMENT, WORKSPACE

CONTRACT = [
    Column.model_validate(column)
    for column in (
        {"name": "suite", "type": "string", "required": True},
        {"name": "tests", "type": "integer"},
        {"name": "extra", "type": "json", "required": True},
    )
]


def make_hook(**overrides: Any) -> Hook:
    values = {
        "name": "junit-summary",
        "workspace": WORKSPACE,
        "feature": "suites",
        "contract": CONTRACT,
        "live_version": 1,
        "latest_version": 1,
        "revision": 1,
        "created_by": "ada",
        "created_at": MOMENT,
    }
    return Hook.model_validate(values | overrides)


@pytest.mark.parametrize(
    "row",
    [
        b'{"suite": "a", "tests": 1, "extra": null}',
        b'{"suite": "a", "tests": null, "extra": {"a": [1]}}',
        b'{"extra": [], "suite": ""}\r',
    ],
)
def test_a_row_that_keeps_the_contract_is_read(row: bytes) -> None:
    assert read_row(row, number=1, contract=CONTRACT)["suite"] in {"a", ""}


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        (b'{"suite": 1, "extra": 1}', "suite", "must be a string"),
        (b'{"extra": 1}', "suite", "is required"),
        (b'{"suite": null, "extra": 1}', "suite", "is required"),
        (b'{"suite": "a"}', "extra", "is required"),
        (b'{"suite": "a", "extra": 1, "tests": "1"}', "tests", "must be an integer"),
        (b'{"suite": "a", "extra": 1, "colour": 1}', "colour", "is not in the contract"),
        (b'{"suite": "a", "extra": NaN}', None, "is not JSON: NaN is not a JSON value"),
        (b'{"suite": "a", "suite": "b", "extra": 1}', None, "stands twice"),
        (b'{"suite": "a"', None, "is not JSON"),
        (b"\xff", None, "is not JSON"),
        (b"", None, "is not JSON"),
        (b'["suite"]', None, "is not a JSON object"),
        (b"[" * 10_000, None, "is not JSON"),
        (b'{"suite": "' + b"a" * MAX_ROW_BYTES + b'"}', None, "MAX_ROW_BYTES"),
    ],
)
def test_a_row_that_breaks_the_contract_is_refused_by_line_and_column(
    row: bytes, column: str | None, rule: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_row(row, number=17, contract=CONTRACT)
    error = refused.value
    assert error.code == ROW_NOT_OF_CONTRACT
    assert (error.details["line"], error.details["column"]) == (17, column)
    assert rule in error.details["rule"]
    assert error.message.startswith("Line 17: ")


def test_the_same_contract_in_another_order_does_not_differ() -> None:
    assert differences(make_hook(), "suites", CONTRACT[::-1]) == []


def test_what_differs_is_told_on_both_sides() -> None:
    other = [CONTRACT[0], CONTRACT[1].model_copy(update={"required": True})]
    found = {difference.what: difference[1:] for difference in differences(make_hook(), "cases", other)}
    assert found == {
        "feature": ("suites", "cases"),
        "contract.extra": ({"type": "json", "required": True}, None),
        "contract.tests": (
            {"type": "integer", "required": False},
            {"type": "integer", "required": True},
        ),
    }
