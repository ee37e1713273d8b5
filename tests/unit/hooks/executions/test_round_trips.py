"""The requests that one run of a hook costs, from the message to its end (docs/concepts/hooks.md)."""

from tests.support.hooks.rig import HOOKS, convention, finalized, perform, run_of
from tests.support.served import Served
from tests.support.wire import counting


def test_a_run_reads_its_hook_and_release_in_one_request(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    [message] = served.messages(HOOKS)
    with counting() as requests:
        perform(message)
    assert run_of(served, package_id)["status"] == "succeeded"
    # the run is read when it begins and when its operation ends
    reads = {"BatchGetItem": 1, "GetItem": 2, "Query": 1}
    # claim, begin, one page of rows, end of the run, end of the operation
    assert requests == {**reads, "TransactWriteItems": 5}
