"""The OpenAPI description and the catalogue of errors: files of the package, or computed.

The function that serves them imports the routes of no other domain. So `make package` computes both
documents from all routes and writes them into the package, beside this domain's own modules
(infra/package.py). Where the files are missing, as in the embedded stack and in tests, the documents
are computed when they are asked for.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import not_found
from holdfast.api.codes import catalogue
from holdfast.api.health import ErrorCatalogue, ErrorEntry
from holdfast.api.version import VERSION

FOLDER = Path(__file__).parents[1]
OPENAPI = "openapi.json"
ERRORS = "errors.json"


@lru_cache
def description() -> dict[str, Any]:
    """Return the OpenAPI description of every route of the service."""
    text = _packaged(OPENAPI)
    return computed_description() if text is None else dict(json.loads(text))


@lru_cache
def errors() -> ErrorCatalogue:
    """Return every code that the API can answer with, in order of the codes."""
    text = _packaged(ERRORS)
    return computed_errors() if text is None else ErrorCatalogue.model_validate_json(text)


def error(code: str) -> ErrorEntry:
    """Return the entry of one code; raise `NotFound` when there is no such code."""
    for entry in errors().items:
        if entry.code == code:
            return entry
    raise not_found()


def computed_description() -> dict[str, Any]:
    """Compute the description from the routes of all domains, which are imported for it."""
    from chalicelib.http.openapi import describe
    from chalicelib.http.routes import routes

    modules = set(wiring.import_routes())
    own = [route for route in routes if route.view.__module__ in modules]
    return describe(own, version=VERSION)


def computed_errors() -> ErrorCatalogue:
    """Compute the catalogue from the codes that the contract declares."""
    return ErrorCatalogue(items=[ErrorEntry(**found._asdict()) for _, found in sorted(catalogue.items())])


def documents() -> dict[str, str]:
    """Return the content of both files by name, for `make package`."""
    return {
        OPENAPI: json.dumps(computed_description(), ensure_ascii=False),
        ERRORS: computed_errors().model_dump_json(),
    }


def _packaged(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text() if path.is_file() else None
