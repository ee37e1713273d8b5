"""What is promised, held, read again and proven of the store: each by the role that is packaged for it."""

from hashlib import sha256

import httpx
import pytest

from infra.local.clients import session
from tests.support.stacks.deployment import Deployment, Workspace, answered

pytestmark = pytest.mark.e2e

BODY = b"<testsuite name='kept'/>"


def explained(workspace: Workspace, package_id: str) -> dict[str, bool]:
    """Every rule of the decision, and whether it is met."""
    found = answered(workspace.owner.get(f"/packages/{package_id}/retention/explain"))
    return {rule["rule"]: rule["met"] for rule in found["rules"]}


def delete(workspace: Workspace, package_id: str) -> httpx.Response:
    return workspace.owner.request("DELETE", f"/packages/{package_id}", json={"reason": "no longer needed"})


def test_a_promise_is_extended_a_hold_keeps_and_a_delete_is_refused(deployment: Deployment) -> None:
    home = deployment.home
    package = home.finalized("promised", {"report.xml": BODY})
    path = f"/packages/{package['id']}"
    longer = answered(
        home.owner.post(f"{path}/retention", json={"extend_days": 30, "reason": "asked by an auditor"})
    )
    assert longer["expires_at"] > package["expires_at"]
    held = home.owner.post(f"{path}/holds", json={"name": "case-7", "reason": "under dispute"})
    assert [hold["name"] for hold in answered(held, 201)["holds"]] == ["case-7"]
    rules = explained(home, package["id"])
    assert not rules["not_held"]
    assert not rules["expired"]
    refused = delete(home, package["id"])
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "NOT_ELIGIBLE"


def test_a_sweep_reads_what_is_stored_and_finds_the_altered_object(deployment: Deployment) -> None:
    vault = deployment.workspace("vault")
    sound, altered = (vault.finalized(name, {f"{name}.txt": name.encode()})["id"] for name in ("a", "b"))
    s3 = session().client("s3", endpoint_url=deployment.engine.url)
    key = f"main/vault/packages/{altered}/sha256/{sha256(b'b').hexdigest()}"
    s3.head_object(Bucket=deployment.outputs["BucketName"], Key=key)
    s3.put_object(Bucket=deployment.outputs["BucketName"], Key=key, Body=b"B")
    queued = answered(vault.owner.post("/integrity/sweep", json={"include_recent": True}), 202)
    operation = vault.completed(queued["operation_id"])
    assert (operation["outcome"], operation["summary_counts"]["bad"]) == ("failed", 1), operation
    assert operation["summary_counts"]["ok"] == 1
    alarms = answered(vault.owner.get("/integrity/alarms"))["items"]
    assert [alarm["package_id"] for alarm in alarms] == [altered]
    assert sound not in str(alarms)


def test_a_sweep_of_what_is_due_to_go_ends_with_a_plan_kept(deployment: Deployment) -> None:
    vault = deployment.workspace("shelf")
    queued = answered(vault.owner.post("/retention/sweep", json={}), 202)
    operation = vault.completed(queued["operation_id"])
    assert operation["outcome"] == "succeeded", operation


def test_the_store_is_attacked_on_demand_and_signs_for_what_it_refused(deployment: Deployment) -> None:
    made = answered(deployment.home.owner.post("/storage/certificate"), 201)
    enforced = {finding["claim"]: finding["enforced"] for finding in made["claims"]}
    assert enforced["wrong-checksum-refused"] == "yes", made
    assert "not_checked" not in enforced.values(), made
    assert (made["gaps"], made["left_behind"]) == ([], [])
    kept = answered(deployment.home.owner.get("/storage/certificate"))
    assert (kept["id"], kept["state"]) == (made["id"], "current")
