"""From a queued run to rows that count: what is kept of each end, and what is not."""

from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.hooks.models.execution import Attempt, Job, output_folder
from chalicelib.hooks.service.executions import Step
from chalicelib.operations.models.claim import Cancelled
from chalicelib.sandbox.command import Ended
from holdfast.api.codes import UNAVAILABLE
from tests.conftest import Configure
from tests.support.hooks.rig import (
    HOOKS,
    ROWS,
    Code,
    attempt,
    bundled,
    convention,
    ends,
    finalized,
    leaves,
    leaves_text,
    perform,
    rows_of,
    run_of,
    starved,
    work_all,
)
from tests.support.served import Served, answered


@pytest.fixture
def package_id(served: Served) -> str:
    """A package whose one run is queued."""
    convention(served)
    return finalized(served)


@pytest.fixture
def bundle_package(served: Served) -> str:
    """A package whose one run is of a bundle that may have 64 MiB."""
    convention(served)
    bundled(served, limits={"memory_mib": 64})
    return finalized(served)


def ended(served: Served, package_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The run on a package and its operation."""
    run = run_of(served, package_id)
    return run, served.operation(run["operation_id"])


def test_a_run_that_passes_keeps_its_rows_and_what_was_said(served: Served, package_id: str) -> None:
    code = work_all(served, leaves())
    run, operation = ended(served, package_id)
    assert (run["status"], run["row_count"], run["attempts"], run["exit_code"]) == ("succeeded", 2, 1, 0)
    assert run["output_digest"].startswith("sha256:")
    assert run["log"] == {"stdout": "read 2 files\n", "stderr": ""}
    assert run["isolation"] == ["no network"]
    assert run["duration_s"] >= 0
    assert run["started_at"] <= run["finished_at"]
    assert (operation["outcome"], operation["summary_counts"]) == ("succeeded", {"rows": 2})
    assert [row["data"] for row in rows_of(served, run["id"])] == ROWS
    assert code.jobs[0].run_id == run["id"]


def test_the_code_gets_the_files_that_its_globs_select_and_the_manifest(served: Served) -> None:
    convention(served, inputs=["reports/**"])
    package_id = finalized(served)
    job = work_all(served).jobs[0]
    assert [(file.path, file.size) for file in job.inputs] == [("reports/a.xml", 4)]
    assert answered(served.api.get(f"/packages/{package_id}/manifest"))["package"]["id"] == package_id
    assert package_id.encode() in job.manifest
    assert not job.folder.exists()


def test_a_rejection_keeps_its_rows_and_blocks(served: Served, package_id: str) -> None:
    work_all(served, leaves(status="rejected", reason="2 suites failed"))
    run, operation = ended(served, package_id)
    assert (run["status"], run["code"], run["reason"]) == ("rejected", "HOOK_REJECTED", "2 suites failed")
    assert (operation["status"], operation["outcome"]) == ("completed", "blocked")
    assert operation["failures"] == [{"code": "HOOK_REJECTED", "message": "2 suites failed"}]
    assert len(rows_of(served, run["id"])) == 2


def test_no_rows_are_an_output_too(served: Served, package_id: str) -> None:
    work_all(served, leaves([]))
    run, _ = ended(served, package_id)
    assert (run["status"], run["row_count"], rows_of(served, run["id"])) == ("succeeded", 0, [])


BROKEN = {
    "a wrong type": ('{"suite": "a"}\n{"suite": 3}\n', "Line 2: column 'suite'"),
    "a missing column": ('{"suite": "a"}\n{"suite": "b"}\n{"tests": 3}\n', "Line 3: column 'suite'"),
    "an unknown column": ('{"suite": "a", "colour": 1}\n', "Line 1: column 'colour'"),
    "broken JSON": ('{"suite": "a"}\n{"suite"\n', "Line 2"),
    "an empty line": ('{"suite": "a"}\n\n{"suite": "b"}\n', "Line 2"),
    "a list": ("[1]\n", "Line 1"),
    "the last of many": ('{"suite": "a"}\n' * 450 + '{"suite": null}\n', "Line 451: column 'suite'"),
    "an endless line": ('{"suite": "' + "a" * 200_000, "Line 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rows_store_nothing_and_name_the_line(served: Served, package_id: str, name: str) -> None:
    text, where = BROKEN[name]
    work_all(served, leaves_text(text))
    run, operation = ended(served, package_id)
    assert (run["status"], run["code"], run["row_count"]) == ("failed", "ROW_NOT_OF_CONTRACT", 0)
    assert run["reason"].startswith(where)
    assert operation["failures"] == [{"code": run["code"], "message": run["reason"]}]
    assert rows_of(served, run["id"]) == []
    assert run["log"]["stdout"] == "read 2 files\n"


def rewrites(name: str, text: str) -> Code:
    """Code that leaves a good output, and then something else in one of its files."""

    def script(job: Job, step: Step) -> Attempt:
        leaves()(job, step)
        (output_folder(job) / name).write_text(text)
        return attempt()

    return Code(script)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("run.json", "{}", "RUN_NOTE_DIFFERS"),
        ("run.json", '{"run_id": "run_of_another"}', "RUN_NOTE_DIFFERS"),
        ("result.json", "", "HOOK_OUTPUT_BROKEN"),
        ("result.json", '{"status": "perfect"}', "HOOK_OUTPUT_BROKEN"),
        ("result.json", '{"reason": "' + "a" * 100_000 + '"}', "HOOK_OUTPUT_BROKEN"),
    ],
)
def test_an_output_that_is_not_the_runs_own_or_says_nothing_stores_nothing(
    served: Served, package_id: str, name: str, text: str, code: str
) -> None:
    perform(*served.messages(HOOKS), code=rewrites(name, text))
    run, _ = ended(served, package_id)
    assert (run["status"], run["code"]) == ("failed", code)
    assert rows_of(served, run["id"]) == []


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"exit_code": 3, "reason": "It ended with exit code 3."}, "HOOK_FAILED"),
        ({"ended": Ended.TIMED_OUT, "exit_code": None, "reason": "too long"}, "HOOK_OVER_LIMIT"),
        ({"ended": Ended.OUTPUT_EXCEEDED, "exit_code": None, "reason": "too much"}, "HOOK_OVER_LIMIT"),
        ({"ended": Ended.DIGEST_MISMATCH, "exit_code": None, "reason": "other"}, "HOOK_NOT_STARTED"),
        ({"ended": Ended.OUT_OF_MEMORY, "exit_code": 137, "reason": "memory"}, "HOOK_OUT_OF_MEMORY"),
    ],
)
def test_code_that_fails_says_why_and_keeps_its_log(
    served: Served, package_id: str, how: dict[str, Any], code: str
) -> None:
    work_all(served, ends(**how, stderr_tail="lost it\n"))
    run, operation = ended(served, package_id)
    assert (run["status"], run["code"], run["reason"]) == ("failed", code, how["reason"])
    assert (run["exit_code"], run["log"]["stderr"]) == (how.get("exit_code"), "lost it\n")
    assert (operation["outcome"], operation["attempt"]) == ("failed", 1)


def test_out_of_memory_is_retried_with_doubled_memory(served: Served, bundle_package: str) -> None:
    code = work_all(served, starved(below=256))
    assert [job.memory_mib for job in code.jobs] == [64, 128, 256]
    run, _ = ended(served, bundle_package)
    assert (run["status"], run["oom_retries"], run["memory_mib"]) == ("succeeded", 2, 256)


@pytest.mark.parametrize(
    "how",
    [
        {"exit_code": 137},
        {"exit_code": 1, "stderr_tail": "Traceback\nMemoryError\n"},
        {"exit_code": 1, "stderr_tail": "Traceback\nMemoryError: no room\n"},
    ],
)
def test_other_signs_of_too_little_memory_are_retried_too(
    served: Served, bundle_package: str, how: dict[str, Any]
) -> None:
    work_all(served, ends(**how))
    run, _ = ended(served, bundle_package)
    assert (run["code"], run["oom_retries"], run["memory_mib"]) == ("HOOK_OUT_OF_MEMORY", 3, 512)


def test_the_fourth_time_is_the_last_and_the_truth_is_kept(served: Served, bundle_package: str) -> None:
    code = work_all(served, starved(below=100_000))
    assert [job.memory_mib for job in code.jobs] == [64, 128, 256, 512]
    run, operation = ended(served, bundle_package)
    assert (run["status"], run["oom_retries"], run["memory_mib"]) == ("failed", 3, 512)
    assert (run["exit_code"], operation["outcome"]) == (137, "failed")


def test_memory_is_never_over_the_platforms(served: Served, bundle_package: str, adjust: Configure) -> None:
    adjust(hook_memory_max_mib=100)
    code = work_all(served, starved(below=100_000))
    assert [job.memory_mib for job in code.jobs] == [64, 100]
    run, _ = ended(served, bundle_package)
    assert (run["status"], run["oom_retries"], run["memory_mib"]) == ("failed", 1, 100)


def test_a_retry_is_on_record_when_its_worker_is_stopped(served: Served, bundle_package: str) -> None:
    def stopped(job: Job, _step: Step) -> Attempt:
        if job.memory_mib == 128:
            raise Cancelled
        return attempt(ended=Ended.OUT_OF_MEMORY, exit_code=137)

    work_all(served, stopped)
    run, _ = ended(served, bundle_package)
    assert (run["status"], run["code"], run["oom_retries"], run["memory_mib"]) == (
        "failed",
        "CANCELLED",
        1,
        128,
    )


def test_a_function_has_the_memory_that_its_owner_gave_it(served: Served, package_id: str) -> None:
    code = work_all(served, starved(below=100_000))
    run, _ = ended(served, package_id)
    assert (len(code.jobs), run["oom_retries"]) == (1, 0)


def test_a_worker_out_of_time_ends_the_run_and_says_so(served: Served, package_id: str) -> None:
    perform(*served.messages(HOOKS), remaining=10)
    run, operation = ended(served, package_id)
    assert operation["reconciliation"]["reason_code"] == "run.infrastructure_timeout_or_abandonment"
    assert (run["status"], run["code"]) == ("failed", "run.infrastructure_timeout_or_abandonment")
    assert run["started_at"] is not None


def test_what_does_not_answer_is_tried_again_with_the_same_run(served: Served, package_id: str) -> None:
    def out(_job: Job, _step: Step) -> Attempt:
        raise Unavailable(UNAVAILABLE, "The store does not answer.")

    message = served.messages(HOOKS)[0]
    perform(message, code=Code(out))
    started = run_of(served, package_id)
    assert (started["status"], started["attempts"]) == ("running", 1)
    perform(message)
    run = run_of(served, package_id)
    assert (run["status"], run["attempts"], run["started_at"]) == ("succeeded", 2, started["started_at"])
