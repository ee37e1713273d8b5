"""Many at once on the members of a workspace: an owner remains, nothing is lost, no chain forks."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from chalicelib.audit import service as audit
from chalicelib.audit.models import first_bad
from chalicelib.auth.models import Actor
from chalicelib.core.errors import Conflict, HoldfastError
from chalicelib.dynamodb import items
from chalicelib.members import service
from holdfast.api.members import Add, Change, MemberQuery
from tests.support.factories import make_actor
from tests.support.served import Served
from tests.support.wire import counting

THREADS = 12
ROUNDS = 4
T = TypeVar("T")


@pytest.fixture
def admin(served: Served) -> Actor:
    """Somebody who administers the test's own workspace by their token."""
    return make_actor(workspace=served.workspace)


def at_once(acts: list[Callable[[], T]]) -> list[T | str]:
    """What each of `acts` gave, or the code of its refusal, all let go at the same moment."""
    together = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | str:
        together.wait()
        try:
            return act()
        except HoldfastError as error:
            return error.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def add(admin: Actor, user_id: str, role: str = "owner") -> bool:
    """Add a member; whether it was this that made them one."""
    return service.add(Add.model_validate({"user_id": user_id, "role": role}), actor=admin).created


def owners(admin: Actor) -> list[str]:
    """The owners that the list tells."""
    page = service.search(MemberQuery(limit=200), actor=admin)
    return [member.user_id for member in page.items if member.role == "owner"]


def chain(admin: Actor, user_id: str) -> list[str]:
    """What happened to a membership; its chain holds."""
    events = audit.events(items.partition(admin.workspace, "member", user_id), limit=100)
    assert first_bad(events) is None
    return [event.action.rpartition(":")[2] for event in events]


@pytest.mark.parametrize("verb", ["remove", "demote"])
def test_of_two_owners_who_remove_each_other_one_remains(admin: Actor, verb: str) -> None:
    def against(me: str, other: str) -> Callable[[], object]:
        actor = make_actor(workspace=admin.workspace, user_id=me)
        if verb == "remove":
            return lambda: service.remove(other, actor=actor)
        return lambda: service.change(other, Change.model_validate({"role": "viewer"}), actor=actor)

    for number in range(ROUNDS):
        pair = f"grace-{number}", f"linus-{number}"
        for name in pair:
            add(admin, name)
        for before in set(owners(admin)) - set(pair):
            service.remove(before, actor=admin)
        outcomes = at_once([against(*pair), against(*pair[::-1])])
        assert outcomes.count("LAST_OWNER") == 1
        assert len(owners(admin)) == 1


def test_of_many_owners_who_all_leave_at_once_one_remains(admin: Actor) -> None:
    names = [f"user-{number}" for number in range(THREADS)]
    assert all(add(admin, name) for name in names)

    def leave(name: str) -> Callable[[], None]:
        actor = make_actor(workspace=admin.workspace, user_id=name)
        return lambda: service.remove(name, actor=actor)

    outcomes = at_once([leave(name) for name in names])
    assert Counter(outcomes) == {None: THREADS - 1, "LAST_OWNER": 1}
    assert owners(admin) == [names[outcomes.index("LAST_OWNER")]]
    assert [chain(admin, name)[-1] for name in names].count("left") == THREADS - 1


def test_of_many_who_add_the_same_member_one_makes_them_one(admin: Actor) -> None:
    outcomes = at_once([lambda: add(admin, "grace", "viewer")] * THREADS)
    assert Counter(outcomes) == {True: 1, False: THREADS - 1}
    assert chain(admin, "grace") == ["added"]


def test_of_many_who_add_a_member_with_other_roles_one_is_applied(admin: Actor) -> None:
    roles = ["viewer", "operator", "manager", "owner"]
    outcomes = at_once([lambda role=role: add(admin, "grace", role) for role in roles])  # type: ignore[misc]  # bound
    assert Counter(outcomes) == {True: 1, "MEMBER_EXISTS": 3}
    assert service.get("grace", actor=admin).role == roles[outcomes.index(True)]


def test_of_many_changes_of_what_all_have_seen_one_is_applied(admin: Actor) -> None:
    add(admin, "grace", "viewer")

    def change(number: int) -> Callable[[], int]:
        body = Change(tenants=[f"tenant-{number}"])
        return lambda: service.change("grace", body, actor=admin, if_match='"1"').revision

    outcomes = at_once([change(number) for number in range(THREADS)])
    assert Counter(outcomes) == {2: 1, "MEMBER_CHANGED": THREADS - 1}
    assert chain(admin, "grace") == ["added", "changed"]


def test_what_each_verb_costs(admin: Actor) -> None:
    with counting() as requests:
        add(admin, "grace")
    assert requests == {"BatchGetItem": 1, "TransactWriteItems": 1}
    with counting() as requests:
        service.grant(admin.workspace, "grace")
    assert requests == {"GetItem": 1}
    with counting() as requests, pytest.raises(Conflict, match="LAST_OWNER"):
        service.remove("grace", actor=admin)
    assert requests == {"BatchGetItem": 1, "TransactWriteItems": 1}
    with counting() as requests:
        service.search(MemberQuery(), actor=admin)
    assert requests == {"Query": 1, "BatchGetItem": 1}
