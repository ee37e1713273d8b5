"""Any order of extending, holding, releasing, waiting, sweeping and deleting, beside a model of it."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from holdfast.api import moments
from tests.support.api import Answer
from tests.support.served import Served, answered, deliver, sweep_retention

FILES = {"a": b"alpha", "b": b"beta"}
NAMES = ["case-7", "case-8"]
GRACE_DAYS = 20


class Story(RuleBasedStateMachine):
    """One finalized package, and what is known of it; its clock moves by whole days, a second apart."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.served = served
        package = served.finalized(FILES)
        self.package_id = str(package["id"])
        self.now = clock.now() + timedelta(seconds=1)
        self.ends = datetime.fromisoformat(package["expires_at"])
        self.holds: list[str] = []
        self.free_since = self.ends
        self.deleted = self.auto_delete = self.noted = False
        self._ask("PUT", "/retention/policy", auto_delete=False, grace_days=GRACE_DAYS)

    @property
    def may_go(self) -> bool:
        """What the service should decide."""
        return not self.deleted and not self.holds and self.ends <= self.now

    @rule(days=st.sampled_from([1, 30, 89, 100]))
    def wait(self, days: int) -> None:
        """Let time pass."""
        self.now += timedelta(days=days)

    @rule(days=st.sampled_from([1, 45]))
    def extend(self, days: int) -> None:
        """Promise more."""
        answer = self._of("POST", "/retention", extend_days=days)
        if self.deleted:
            assert (answer.status, answer.code) == (409, "INVALID_STATE")
        else:
            self.ends += timedelta(days=days)
            assert answered(answer)["expires_at"] == moments.rfc3339(self.ends)

    @rule()
    def shorten(self) -> None:
        """Promise less, which nobody can."""
        earlier = moments.rfc3339(self.ends - timedelta(days=1))
        answer = self._of("POST", "/retention", expires_at=earlier)
        assert (answer.status, answer.code) == (
            409,
            "INVALID_STATE" if self.deleted else "RETENTION_SHORTENED",
        )

    @rule(name=st.sampled_from(NAMES))
    def hold(self, name: str) -> None:
        """Open a case."""
        answer = self._of("POST", "/holds", name=name)
        if self.deleted:
            assert (answer.status, answer.code) == (409, "INVALID_STATE")
        elif name in self.holds:
            assert (answer.status, answer.code) == (409, "HOLD_EXISTS")
        else:
            answered(answer, 201)
            self.holds.append(name)

    @rule(name=st.sampled_from(NAMES))
    def release(self, name: str) -> None:
        """Close a case."""
        answer = self._of("DELETE", f"/holds/{name}")
        if name in self.holds:
            answered(answer)
            self.holds.remove(name)
            self.free_since = self.now
        else:
            assert (answer.status, answer.code) == (404, "HOLD_NOT_FOUND")

    @rule()
    def delete(self) -> None:
        """Ask for the bytes to go."""
        answer = self._of("DELETE", "")
        if self.deleted or self.may_go:
            assert answered(answer)["status"] == "deleted"
            self.noted = self.deleted = True
        else:
            assert (answer.status, answer.code) == (409, "NOT_ELIGIBLE")

    @rule(on=st.booleans())
    def decide(self, on: bool) -> None:  # noqa: FBT001  hypothesis calls it
        """Let the sweep delete, or not."""
        answered(self._ask("PUT", "/retention/policy", auto_delete=on, grace_days=GRACE_DAYS))
        self.auto_delete = on

    @rule()
    def sweep(self) -> None:
        """Let the schedule run."""
        with clock.freeze(self.now):
            sweep_retention()
            for message in self.served.messages("sweeps"):
                assert deliver(message, queue="sweeps") == []
        if self.may_go:
            self.noted = True
            grace_ends = max(self.ends, self.free_since) + timedelta(days=GRACE_DAYS)
            self.deleted = self.auto_delete and grace_ends <= self.now

    @invariant()
    def the_package_is_what_the_model_says(self) -> None:
        """Status, promise, holds, decision, list and bytes."""
        with clock.freeze(self.now):
            package = self.served.show(self.package_id)
            target = f"/packages/{self.package_id}/retention/explain"
            explained = answered(self.served.api.get(target))
            listed = self.served.pages("/retention/eligible")
        assert package["status"] == ("deleted" if self.deleted else "finalized")
        assert package["expires_at"] == moments.rfc3339(self.ends)
        assert [hold["name"] for hold in package["holds"]] == self.holds
        assert explained["decision"] == ("eligible" if self.may_go else "keep")
        assert [found["package_id"] for found in listed] == ([self.package_id] if self.may_go else [])
        assert len(self.served.everything(self.package_id)[1]) == (1 if self.deleted else 3)

    def teardown(self) -> None:
        """The whole chain, once at the end; the next story's list is empty again."""
        chain = self.served.chain(self.package_id)
        actions = [event.action for event in chain]
        assert first_bad(chain) is None
        assert actions.count("packages:retention:eligible") == int(self.noted)
        assert actions.count("packages:retention:deleted") == int(self.deleted)
        assert actions.count("packages:package:disposed") == int(self.deleted)
        self.ends = self.now
        for name in [*self.holds]:
            self.release(name)
        with clock.freeze(datetime(8000, 1, 1, tzinfo=self.now.tzinfo)):
            answered(self._send("DELETE", f"/packages/{self.package_id}", {"reason": "the end"}))

    def _of(self, method: str, path: str, **body: object) -> Answer:
        return self._ask(method, f"/packages/{self.package_id}{path}", **body)

    def _ask(self, method: str, path: str, **body: object) -> Answer:
        with clock.freeze(self.now):
            return self._send(method, path, {"reason": "a story", **body})

    def _send(self, method: str, path: str, body: dict[str, object]) -> Answer:
        return self.served.api.request(method, path, body=body)


def test_any_story_leaves_what_the_model_says(served: Served) -> None:
    class Here(Story):
        def __init__(self) -> None:
            super().__init__(served)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
