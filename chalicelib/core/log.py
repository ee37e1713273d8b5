"""Structured logs, one JSON object a line. Headers, bodies and tokens are never logged."""

from functools import lru_cache

from aws_lambda_powertools.logging import Logger

from chalicelib.core.settings import settings


@lru_cache
def logger() -> Logger:
    """The service's logger."""
    return Logger(service="holdfast", level=settings().log_level, utc=True)
