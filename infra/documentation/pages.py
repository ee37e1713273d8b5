"""The generated files: the function that writes each, and the files that are out of date."""

import json
from collections.abc import Callable
from pathlib import Path

import app  # noqa: F401  importing it registers every route
from chalicelib.web.service import catalogue as service
from infra.documentation import (
    access_patterns,
    api,
    cli,
    configuration,
    errors,
    metrics_and_alarms,
    scopes,
)
from infra.documentation.markdown import ROOT, page

REFERENCE = ROOT / "docs" / "reference"
SNAPSHOT = ROOT / "tests" / "contract" / "openapi.json"

PAGES: dict[str, Callable[[], str]] = {
    "cli": cli.text,
    "api": api.text,
    "configuration": configuration.text,
    "errors": errors.text,
    "scopes": scopes.text,
    "metrics-and-alarms": metrics_and_alarms.text,
    "access-patterns": access_patterns.text,
}


def outdated() -> dict[Path, str]:
    """Return the files that are out of date, each with the content that it should have."""
    return {
        path: content
        for path, content in wanted().items()
        if not path.exists() or path.read_text() != content
    }


def wanted() -> dict[Path, str]:
    """Return the content of every generated file."""
    pages = {REFERENCE / f"{name}.md": page(text()) for name, text in PAGES.items()}
    return {**pages, SNAPSHOT: snapshot()}


def snapshot() -> str:
    """Return the OpenAPI description as it is committed: sorted, one value a line."""
    return json.dumps(service.description(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
