"""What users install: the SDK (`from holdfast import Client`), the `holdfast` program, and ingestion.

Everything here talks HTTP; from the service only the models of requests and answers are imported.
Names are loaded on first use, so that `holdfast --help` does not wait for what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.errors import ApiError, HoldfastError

__all__ = ["ApiError", "Client", "HoldfastError"]

_HOMES = {"ApiError": "holdfast.errors", "Client": "holdfast.client", "HoldfastError": "holdfast.errors"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'holdfast' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
