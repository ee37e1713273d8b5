"""What users install: the SDK (`from holdfast import Client`) and the `holdfast` program.

- `api`: the contract, which the service imports too
- `client`: calls, one file a noun
- `transfer`: bytes on their way: ingest, verify, download, restore
- `producers`: what an ingest recognises in a directory
- `cli`: the program, over all of these

The program and the SDK talk HTTP and nothing else. Names are loaded on first use, so that
`holdfast --help` does not wait for what it does not need.
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
