"""What tests of hooks send and see: releases of published functions, deploys, and the whole table."""

import json
from typing import Any

import boto3

from chalicelib.audit.models import first_bad
from chalicelib.audit.service import events
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items as table
from tests.support.factories import make_new_release
from tests.support.served import Served

LONG = 10_000


def release_body(**overrides: Any) -> dict[str, Any]:
    """The body of a release that needs no bundle."""
    return make_new_release(**overrides).model_dump(mode="json", exclude_unset=True)


def hook_entry(name: str, **overrides: Any) -> dict[str, Any]:
    """A hook of a deploy, with its release."""
    return {"name": name} | release_body(**overrides)


def deploy_body(*hooks: Any, **overrides: Any) -> dict[str, Any]:
    """The body of a one-call deploy."""
    return {"slug": "junit-run", "title": "A JUnit run", "hooks": list(hooks)} | overrides


def chain(served: Served, kind: str, name: str) -> list[str]:
    """What the audit chain of a hook or convention tells, oldest first; every link of it holds."""
    found = events(table.partition(served.workspace, kind, name), limit=LONG)
    assert first_bad(found) is None
    return [event.action for event in found]


def everything(served: Served) -> list[str]:
    """Every item of the workspace, whole, in one order: what a call that changes nothing leaves as it was."""
    client = boto3.client("dynamodb", endpoint_url=settings().dynamodb_endpoint_url)
    pages = client.get_paginator("scan").paginate(TableName=settings().table_name, ConsistentRead=True)
    own = f"{settings().namespace}#{served.workspace}#"
    items = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(own)]
    client.close()
    return sorted(json.dumps(item, sort_keys=True, default=repr) for item in items)
