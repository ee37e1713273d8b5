"""The package that users install: the SDK (`from holdfast import Client`) and the `holdfast` program.

- `api`: the contract, which the service imports too
- `client`: the calls of the API, one file for each noun
- `transfer`: ingest, verify, download and restore of bytes
- `producers`: recognition of reports in a directory
- `cli`: the program, which uses all of these

The program and the SDK use only HTTP. Names are loaded on first use, so that `holdfast --help` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from holdfast.api.version import VERSION

if TYPE_CHECKING:
    from holdfast.errors import ApiError, HoldfastError
    from holdfast.sdk import Client

__all__ = ["ApiError", "Client", "HoldfastError", "__version__"]

__version__ = VERSION

_HOMES = {"ApiError": "holdfast.errors", "Client": "holdfast.sdk", "HoldfastError": "holdfast.errors"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'holdfast' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
