"""POST /packages/{id}/fail: the producer gives a package up."""

import pytest

from tests.support.served import Served, answered


def test_a_failed_package_says_why_who_and_when(served: Served) -> None:
    package_id = served.create()
    failed = answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "the rig caught fire"}))
    assert failed["status"] == "failed"
    assert failed["failure"]["reason"] == "the rig caught fire"
    assert failed["failure"]["failed_by"] == "ada"
    assert served.show(package_id) == failed


def test_failing_again_changes_nothing(served: Served) -> None:
    package_id = served.create()
    first = answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "first"}))
    again = answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "second"}))
    assert again == first
    assert [event.action for event in served.chain(package_id)].count("packages:package:failed") == 1


def test_a_failed_package_takes_nothing_more(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {"a": b"x"})
    answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "over"}))
    before = served.show(package_id), served.chain(package_id)
    answers = [
        served.plan(package_id, {"b": b"y"}),
        served.plan(package_id, {"a": b"x"}),
        served.plan(package_id, {"a": b"z"}, replace=True),
        served.finalize(package_id),
        served.api.get(f"/packages/{package_id}/manifest"),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "INVALID_STATE")] * 5
    assert {answer.json["details"]["status"] for answer in answers} == {"failed"}
    assert (served.show(package_id), served.chain(package_id)) == before


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1001}, {"reason": "a", "by": "me"}])
def test_a_reason_is_demanded(served: Served, body: dict[str, str]) -> None:
    package_id = served.create()
    assert served.api.post(f"/packages/{package_id}/fail", body).status == 422
    assert served.show(package_id)["status"] == "created"
