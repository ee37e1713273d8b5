"""What triggers each function is read from the app, its limits from Chalice's configuration."""

import pytest
from chalice.app import Cron, Rate

from infra.local.functions import Functions, Limits, period_s


def test_a_function_of_a_queue_is_found_with_its_batch_size(functions: Functions) -> None:
    found = functions.of_queues()
    assert [(function.name, function.queue, function.batch_size) for function in found] == [
        ("worker", "work", 10)
    ]


def test_a_function_on_a_schedule_is_found_with_its_period(functions: Functions) -> None:
    assert [(function.name, function.period_s) for function in functions.of_schedules()] == [("ticker", 7200)]


def test_the_limits_are_those_that_deploy(functions: Functions) -> None:
    assert functions.limits("worker") == Limits(timeout_s=7, memory_mb=256)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 day)", 86_400), (Rate(2, Rate.HOURS), 7200)],
)
def test_a_rate_is_a_period(expression: str | Rate, seconds: int) -> None:
    assert period_s(expression) == seconds


def test_a_schedule_that_is_no_rate_is_named() -> None:
    with pytest.raises(ValueError, match=r"cron\(0 10 \* \* \? \*\)"):
        period_s(Cron(0, 10, "*", "*", "?", "*"))
