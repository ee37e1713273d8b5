"""A verification that the chain tells of has ended so, even when its worker died before it could say."""

from contextlib import suppress
from datetime import timedelta

from chalicelib.core import clock
from holdfast.api.policy import LEASE_S, MARGIN_S, RENEWAL_S
from tests.support.packages.spoiling import Finalized
from tests.support.served import deliver, reconcile
from tests.support.wire import Fault, Killed

END = 4  # the claim, the page of verdicts, the note in the chain, the end


def die_before_the_end(finalized: Finalized) -> str:
    """Let a worker check everything, note it, and die; the run."""
    operation_id = finalized.ask()
    (message,) = finalized.served.messages()
    with Fault(END, Killed, after=False).active(), suppress(Killed):
        deliver(message)
    assert finalized.served.operation(operation_id)["status"] == "running"
    return operation_id


def sweep_when_silent() -> None:
    with clock.freeze(clock.now() + timedelta(seconds=LEASE_S + RENEWAL_S + MARGIN_S)):
        reconcile()


def test_the_run_follows_the_success_that_the_chain_tells_of(finalized: Finalized) -> None:
    operation_id = die_before_the_end(finalized)
    sweep_when_silent()
    run = finalized.served.operation(operation_id)
    assert (run["outcome"], run["freshness"]) == ("succeeded", "terminal_normal")
    assert run["reason"]["label"] == "Reconciled from related records"
    assert run["summary_counts"]["ok"] == 5


def test_the_run_follows_the_flaws_that_the_chain_tells_of(finalized: Finalized) -> None:
    finalized.lose("c")
    operation_id = die_before_the_end(finalized)
    sweep_when_silent()
    run = finalized.served.operation(operation_id)
    assert (run["outcome"], run["reason"]["code"]) == ("failed", "run.adapter_out_of_sync")
    assert [failure["code"] for failure in run["failures"]] == ["FILE_MISSING"]
