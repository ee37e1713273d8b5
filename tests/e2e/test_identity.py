"""Machines of another issuer, and members that the table keeps, against the packaged deployment."""

import pytest

from tests.support import machines
from tests.support.factories import WORKSPACE
from tests.support.stacks.deployment import Deployment, answered

pytestmark = pytest.mark.e2e

PACKAGE = {"producer": "ci", "kind": "junit", "name": "from a machine"}


def test_a_machine_does_what_the_scopes_of_its_token_say_and_no_more(deployment: Deployment) -> None:
    machine = deployment.asked_by(machines.machine_token(scope="packages:read packages:write"))
    made = answered(machine.post("/packages", json=PACKAGE), 201)
    assert made["created_by"] == machines.USER_ID
    refused = machine.post("/members", json={"user_id": "mallory", "role": "owner"})
    assert refused.status_code == 403, refused.text


def test_a_machine_with_a_key_of_its_own_making_is_nobody(deployment: Deployment) -> None:
    stranger = deployment.asked_by(machines.machine_token(key=machines.STRANGE_KEY))
    assert stranger.get("/packages").status_code == 401


def test_a_member_gets_in_when_added_and_not_once_removed(deployment: Deployment) -> None:
    owner = deployment.home.owner
    token = deployment.token(sub="dana", workspaces=None)
    dana = deployment.asked_by(token, **{"holdfast-workspace": WORKSPACE})
    assert dana.get("/packages").status_code == 404
    added = owner.post("/members", json={"user_id": "dana", "role": "operator", "tenants": ["*"]})
    assert answered(added, 201)["role"] == "operator"
    assert answered(dana.post("/packages", json=PACKAGE), 201)["created_by"] == "dana"
    assert owner.delete("/members/dana").status_code == 204
    assert dana.get("/packages").status_code == 404
