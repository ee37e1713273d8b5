"""GET /operations/{id}, over the real route."""

import pytest

from chalicelib.core.transaction import transact
from chalicelib.operations import service
from chalicelib.operations.models import Operation, OperationSubject, OperationType
from tests.factories import make_actor
from tests.served import Served


@pytest.fixture
def operation(served: Served) -> Operation:
    """A queued operation of the tenant `red`."""
    subject = OperationSubject(kind="package", id="pkg_1")
    with transact() as transaction:
        return service.queue(
            transaction,
            OperationType.PACKAGE_FINALIZE,
            subject,
            actor=make_actor(workspace=served.workspace),
            tenant="red",
        )


def test_an_operation_is_shown_as_it_stands(served: Served, operation: Operation) -> None:
    shown = served.operation(operation.id)
    assert Operation.model_validate(shown) == operation


def test_an_operation_of_another_workspace_or_tenant_is_not_there(
    served: Served, operation: Operation
) -> None:
    target = f"/operations/{operation.id}"
    elsewhere = served.api.asked_by(Served.token_of("elsewhere")).get(target)
    blue = served.api.asked_by(served.token(tenants=["blue"])).get(target)
    assert (elsewhere.status, elsewhere.code) == (blue.status, blue.code) == (404, "NOT_FOUND")
    assert served.api.asked_by(served.token(role="viewer", tenants=["red"])).get(target).status == 200


@pytest.mark.parametrize("operation_id", ["op_none", "..%2f", "%00", "pkg_1"])
def test_an_id_that_nothing_has_is_not_there(served: Served, operation_id: str) -> None:
    assert served.api.get(f"/operations/{operation_id}").status == 404
