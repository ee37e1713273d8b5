"""Structured logs: one JSON object per line. Headers, bodies and tokens are never logged."""

from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger


@lru_cache
def logger() -> "Logger":
    """Return the logger of the service."""
    from aws_lambda_powertools.logging import Logger

    return Logger(service="holdfast", level=settings().log_level, utc=True)
