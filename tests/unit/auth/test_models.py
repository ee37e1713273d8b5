"""The capability registry, and what an actor may do and see."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from chalicelib.auth.models import CAPABILITIES, Actor
from holdfast.api.auth import ADMIN, Claims, Kind, Membership, Role, Scope
from tests.support.factories import make_actor


def test_every_role_stands_for_scopes_and_each_for_more_than_the_one_below() -> None:
    assert set(CAPABILITIES) == set(Role)
    ladder = [CAPABILITIES[role] for role in (Role.VIEWER, Role.OPERATOR, Role.MANAGER, Role.OWNER)]
    assert all(lower <= higher for lower, higher in pairwise(ladder))
    assert ladder[-1] == frozenset(Scope)


def test_a_viewer_only_reads() -> None:
    assert {scope for scope in CAPABILITIES[Role.VIEWER] if not scope.endswith(":read")} == set()


def test_an_actor_may_what_its_scopes_say_and_nothing_else() -> None:
    actor = make_actor(scopes={"packages:read"})
    assert actor.may(Scope.PACKAGES_READ)
    assert not actor.may(Scope.PACKAGES_WRITE)
    assert not actor.may("")


def test_an_admin_may_everything() -> None:
    assert all(make_actor(scopes={ADMIN}).may(scope) for scope in Scope)


def test_an_actor_without_anything_may_nothing() -> None:
    assert not any(Actor(user_id="ada").may(scope) for scope in Scope)


@pytest.mark.parametrize(
    ("tenants", "tenant", "seen"),
    [
        ({"*"}, "red", True),
        ({"*"}, None, True),
        ({"red"}, "red", True),
        ({"red"}, None, True),
        ({"red"}, "blue", False),
        ({"red", "blue"}, "blue", True),
        (set(), "red", False),
        (set(), None, True),
        ({"red"}, "RED", False),
        ({"red"}, "", False),
        ({"re"}, "red", False),
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_an_actor_sees_its_tenants_and_what_belongs_to_none(
    kind: Kind, tenants: set[str], tenant: str | None, *, seen: bool
) -> None:
    assert make_actor(kind=kind, tenants=tenants).entitled(tenant) is seen


@pytest.mark.parametrize("scope", ["a b", " a  b ", ["a", "b"]])
def test_scopes_are_a_string_or_a_list_of_strings(scope: object) -> None:
    assert Claims.model_validate({"sub": "ada", "scope": scope}).scope == {"a", "b"}


@pytest.mark.parametrize("scope", [1, {"a": 1}, [1], None, ["a", ["b"]], b"a"])
def test_scopes_of_any_other_type_are_refused(scope: object) -> None:
    with pytest.raises(ValidationError, match="space-separated"):
        Claims.model_validate({"sub": "ada", "scope": scope})


def test_an_actor_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        make_actor().user_id = "eve"  # type: ignore[misc]  # what is tried is what mypy refuses


def test_a_membership_that_names_no_tenant_is_entitled_to_none() -> None:
    assert Membership(role=Role.OWNER).tenants == frozenset()
