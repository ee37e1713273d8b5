"""REST views of members."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.http.routes import Answer, Routes
from chalicelib.members import service
from holdfast.api.auth import Scope
from holdfast.api.members import Add, Change, Member, MemberPage, MemberQuery, etag

bp = Routes(__name__, gate=gate)


@bp.get("/members", scope=Scope.MEMBERS_READ)
def list_members(query: MemberQuery, actor: Actor) -> MemberPage:
    """List the members that the table keeps, the earliest first."""
    return service.search(query, actor=actor)


@bp.post("/members", scope=Scope.MEMBERS_WRITE, status=201, answers={200: Member}, creates=True)
def add_member(body: Add, actor: Actor) -> Member | Answer:
    """Add a member; a member with the same role and tenants stays as they are (200)."""
    member, created = service.add(body, actor=actor)
    return Answer(member, status=201 if created else 200, headers={"ETag": etag(member.revision)})


@bp.get("/members/{user_id}", scope=Scope.MEMBERS_READ)
def get_member(user_id: str, actor: Actor) -> Member | Answer:
    """Show one member."""
    member = service.get(user_id, actor=actor)
    return Answer(member, headers={"ETag": etag(member.revision)})


@bp.patch("/members/{user_id}", scope=Scope.MEMBERS_WRITE)
def change_member(user_id: str, body: Change, actor: Actor, if_match: str | None) -> Member | Answer:
    """Give a member another role or other tenants; fields that the body leaves out stay."""
    member = service.change(user_id, body, actor=actor, if_match=if_match)
    return Answer(member, headers={"ETag": etag(member.revision)})


@bp.delete("/members/{user_id}", scope=Scope.MEMBERS_WRITE, status=204)
def remove_member(user_id: str, actor: Actor) -> None:
    """End a membership; it grants nothing from the next request on."""
    service.remove(user_id, actor=actor)


@bp.delete("/membership", scope=Scope.MEMBERS_READ, status=204)
def leave_workspace(actor: Actor) -> None:
    """End your own membership; every member except the last owner may leave."""
    service.remove(actor.user_id, actor=actor)
