"""Any order of requests on one package, beside a model that says what must come of it."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.audit.models import first_bad
from tests.support.api import Answer
from tests.support.served import Served, answered

PATHS = ["a", "b", "dir/a", "\u00e9"]
CONTENTS = [b"", b"x", b"yy", b"zzz"]
OPEN = {"created", "uploading"}

plans = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), min_size=1, max_size=3)


class Story(RuleBasedStateMachine):
    """One package, and what is known of it."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.served = served
        self.package_id = served.create()
        self.status = "created"
        self.files: dict[str, bytes] = {}
        self.arrived: set[bytes] = set()
        self.instructions: dict[bytes, dict[str, Any]] = {}
        self.first_answer: bytes | None = None

    @rule(files=plans, replace=st.booleans())
    def plan(self, files: dict[str, bytes], replace: bool) -> None:  # noqa: FBT001  hypothesis calls it
        """Declare some files."""
        answer = self.served.plan(self.package_id, files, replace=replace)
        other = sorted(path for path in files if self.files.get(path, files[path]) != files[path])
        if self.status not in OPEN:
            assert refusal(answer) == (409, "INVALID_STATE")
        elif other and not replace:
            assert refusal(answer) == (409, "DUPLICATE_PATH")
            assert answer.json["details"]["paths"] == other
        else:
            self._take(answered(answer)["items"], files, replace=replace)

    @rule(content=st.sampled_from(CONTENTS))
    def send(self, content: bytes) -> None:
        """Send bytes that some plan asked for, once or again."""
        if content in self.instructions:
            assert self.served.send(self.instructions[content], content) in {200, 412}
            self.arrived.add(content)

    @rule()
    def finalize(self) -> None:
        """Ask to finalize it."""
        answer = self.served.finalize(self.package_id)
        missing = sorted(path for path, content in self.files.items() if content not in self.arrived)
        if self.first_answer is not None:
            assert answer.body == self.first_answer
        elif self.status != "uploading":
            assert refusal(answer) == (409, "INVALID_STATE")
        elif missing:
            assert refusal(answer) == (409, "INCOMPLETE_PACKAGE")
            assert [file["path"] for file in answer.json["details"]["files"]] == missing
        else:
            self.status, self.first_answer = answered(answer)["status"], answer.body

    @precondition(lambda self: len(self.files) == len(PATHS))
    @rule()
    def fail(self) -> None:
        """Give the package up."""
        answer = self.served.api.post(f"/packages/{self.package_id}/fail", {"reason": "over"})
        if self.first_answer is not None:
            assert refusal(answer) == (409, "INVALID_STATE")
        else:
            self.status = answered(answer)["status"]
            assert self.status == "failed"

    @invariant()
    def the_package_is_what_the_model_says(self) -> None:
        """Status and counters."""
        package = self.served.show(self.package_id)
        assert package["status"] == self.status
        assert package["file_count"] == len(self.files)
        assert package["total_bytes"] == sum(map(len, self.files.values()))

    def teardown(self) -> None:
        """Every file and the whole chain, once at the end."""
        states = {path: file["state"] for path, file in self.served.files(self.package_id).items()}
        assert states == {
            path: "stored" if content in self.arrived else "pending" for path, content in self.files.items()
        }
        assert first_bad(self.served.chain(self.package_id)) is None

    def _take(self, items: list[dict[str, Any]], files: dict[str, bytes], *, replace: bool) -> None:
        for item, (path, content) in zip(items, files.items(), strict=True):
            known = self.files.get(path) == content and content in self.arrived
            assert item["path"] == path
            assert item["stored"] is (known and not replace)
            if not item["stored"]:
                self.instructions[content] = item
        self.files |= files
        self.status = "uploading"


def refusal(answer: Answer) -> tuple[int, str]:
    """The status and code of an answer."""
    return answer.status, answer.code


def test_any_order_of_requests_leaves_what_the_model_says(served: Served) -> None:
    class Here(Story):
        def __init__(self) -> None:
            super().__init__(served)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
