"""The verbs of conventions: show, list and delete; and declare, refer and check for the domains above."""

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.conventions import store
from chalicelib.conventions.models import Action, Breach, missing_files
from chalicelib.conventions.store import Declared
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid, not_found
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.validation import json_schema, json_schema_subprocess
from holdfast.api.codes import (
    CONVENTION_IN_USE,
    CONVENTION_NOT_MET,
    INVALID_METADATA_SCHEMA,
    SCHEMA_CONFLICT,
    UNKNOWN_CONVENTION,
)
from holdfast.api.conventions import Convention, ConventionPage, ConventionQuery, Schema, Terms
from holdfast.api.messages import quantity

MAX_BREACHES = 50


def get(slug: str, *, actor: Actor) -> Convention:
    """Return the convention; raise `NotFound` when the actor's workspace has none of that name."""
    found = store.to_convention(store.find(actor.workspace, slug))
    if found is None:
        raise not_found()
    return found


def search(query: ConventionQuery, *, actor: Actor) -> ConventionPage:
    """Return one page of conventions, newest first."""
    described = ["conventions", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    page = store.newest(actor.workspace, limit=query.limit, start=start)
    items = [found for item in page.items if (found := store.to_convention(item))]
    next_cursor = cursors.encode(page.last_key, query=described)
    return ConventionPage(items=items, next_cursor=next_cursor)


def demand_sound(terms: Terms) -> None:
    """Raise `Invalid` (INVALID_METADATA_SCHEMA) for a metadata schema that cannot be used."""
    if found := json_schema.flaw(terms.metadata_schema):
        raise Invalid(INVALID_METADATA_SCHEMA, f"metadata_schema: {found}.", rule=found)


def read_declared(terms: Terms, *, actor: Actor) -> Declared:
    """Return the present state of a convention and its schema, as `stage` needs it."""
    return store.find_declared(actor.workspace, terms.slug, terms.schema_)


def stage(
    transaction: Transaction, terms: Terms, hooks: Sequence[str], *, seen: Declared, actor: Actor
) -> tuple[Convention, bool]:
    """Add to `transaction` the writes that make the convention say `terms`: at most three items, or none.

    Returns the convention as it will be, and whether it is new. Raises `Conflict` (SCHEMA_CONFLICT) when the
    schema exists with other fields.
    """
    _stage_schema(transaction, terms.schema_, seen=seen.schema, actor=actor)
    before = store.to_convention(seen.item)
    after = _declare(terms, hooks, before, actor)
    if after != before:
        item = seen.item or store.new_item(actor.workspace, terms.slug)
        action = Action.UPDATED if before else Action.CREATED
        payload = after.model_dump(mode="json", by_alias=True)
        _save(transaction, item, after, action=action, actor=actor, payload=payload)
    return after, before is None


def delete(slug: str, *, actor: Actor) -> None:
    """Delete a convention that no package refers to.

    Raises `NotFound`, `Conflict` (CONVENTION_IN_USE). A package that is created at the same time either sees
    that the convention is deleted, or is seen here: then the convention is restored.
    """
    get(slug, actor=actor)
    _demand_unused(slug, actor)
    _mark(slug, deleted=True, actor=actor)
    try:
        _demand_unused(slug, actor)
    except Conflict:
        _mark(slug, deleted=False, actor=actor)
        raise


def refer(transaction: Transaction, slug: str, package_id: str, *, workspace: str) -> None:
    """Add to `transaction` that a package refers to the convention: a check and a reference.

    The commit raises `Invalid` (UNKNOWN_CONVENTION) when there is no such convention.
    """
    transaction.check(store.key(workspace, slug), store.stands(), on_conflict=_unknown(slug))
    transaction.save(store.new_reference(workspace, slug, package_id))


def check(slug: str, metadata: dict[str, Any], paths: Iterable[str], *, workspace: str) -> None:
    """Check a package against its convention as it is now.

    Raises `Invalid`: CONVENTION_NOT_MET with the broken rules in `details.errors`, or UNKNOWN_CONVENTION.
    """
    convention = store.to_convention(store.find(workspace, slug))
    if convention is None:
        raise _unknown(slug)
    broken = json_schema_subprocess.breaches(convention.metadata_schema, metadata)
    errors = [Breach(field=f"metadata.{found.where}".rstrip("."), rule=found.rule) for found in broken]
    errors += missing_files(convention.required_files, paths)
    if errors:
        message = f"The package breaks {quantity(len(errors), 'rule')} of {slug}, so it was not finalized."
        shown = [error.model_dump() for error in errors[:MAX_BREACHES]]
        raise Invalid(CONVENTION_NOT_MET, message, convention=slug, errors=shown)


def _stage_schema(
    transaction: Transaction, schema: Schema | None, *, seen: Schema | None, actor: Actor
) -> None:
    if schema is None:
        return
    if seen is None:
        transaction.save(store.new_schema(actor.workspace, schema))
    elif seen != schema:
        message = f"The schema {schema.id}@{schema.version} exists with other fields."
        fixed, sent = (found.model_dump(mode="json")["fields"] for found in (seen, schema))
        raise Conflict(SCHEMA_CONFLICT, message, id=schema.id, version=schema.version, fixed=fixed, sent=sent)


def _declare(terms: Terms, hooks: Sequence[str], before: Convention | None, actor: Actor) -> Convention:
    now = clock.now()
    wanted = {name: getattr(terms, name) for name in Terms.model_fields} | {"hooks": list(hooks)}
    if before is None:
        own = {"workspace": actor.workspace, "created_by": actor.user_id, "created_at": now}
        return Convention(**wanted, **own, updated_at=now, revision=1)
    after = before.model_copy(update=wanted)
    if after == before:
        return before
    return after.model_copy(update={"updated_at": now, "revision": before.revision + 1})


@retry_when_stale
def _mark(slug: str, *, deleted: bool, actor: Actor) -> None:
    item = store.find(actor.workspace, slug)
    if item is None or (store.to_convention(item) is None) is deleted:
        return
    convention = Convention.model_validate(item.data)
    action = Action.DELETED if deleted else Action.RESTORED
    with transact() as transaction:
        payload = {"revision": convention.revision}
        _save(transaction, item, convention, action=action, actor=actor, payload=payload)


def _save(
    transaction: Transaction,
    item: Item,
    convention: Convention,
    *,
    action: Action,
    actor: Actor,
    payload: dict[str, Any],
) -> None:
    aggregate = f"convention:{convention.slug}"
    audit.record(transaction, item, aggregate=aggregate, action=action, actor=actor, payload=payload)
    store.fill(item, convention, deleted=action is Action.DELETED)
    transaction.save(item)


def _demand_unused(slug: str, actor: Actor) -> None:
    if package_id := store.referring(actor.workspace, slug):
        message = f"The package {package_id} refers to {slug}; the convention was not deleted."
        raise Conflict(CONVENTION_IN_USE, message, convention=slug, package_id=package_id)


def _unknown(slug: str) -> Invalid:
    return Invalid(UNKNOWN_CONVENTION, f"There is no convention with the slug {slug}.", convention=slug)
