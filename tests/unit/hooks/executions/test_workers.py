"""The deployed worker, with the real runtime: from a folder's sources to rows."""

import io
import zipfile

from app import app
from infra.local.functions import Functions
from tests.support.api import ROOT
from tests.support.hooks.rig import HOOKS, convention, finalized, release, rows_of, run_of
from tests.support.served import Served, deliver

MAIN = """
import json, os, pathlib
found = sorted(path.name for path in pathlib.Path(os.environ["HOLDFAST_INPUT"]).rglob("*.xml"))
output = pathlib.Path(os.environ["HOLDFAST_OUTPUT"])
(output / "rows.ndjson").write_text("".join(json.dumps({"suite": name}) + "\\n" for name in found))
(output / "result.json").write_text(json.dumps({"status": "passed"}))
print("found", found)
"""


def test_a_bundle_runs_and_its_rows_count(served: Served) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", MAIN)
    convention(served)
    digest = served.bundle("one", packed.getvalue())
    release(served, runtime="bundle", digest=digest, function_arn=None)
    package_id = finalized(served)
    assert deliver(*served.messages(HOOKS), queue=HOOKS) == []
    run = run_of(served, package_id)
    assert (run["status"], run["reason"], run["version"]) == ("succeeded", None, 2)
    assert run["log"]["stdout"] == "found ['a.xml']\n"
    assert [row["data"] for row in rows_of(served, run["id"])] == [{"suite": "a.xml"}]


def test_the_worker_takes_one_run_at_a_time() -> None:
    found = {function.name: function for function in Functions(app, ROOT).of_queues()}
    assert (found["hooks_worker"].queue, found["hooks_worker"].batch_size) == (HOOKS, 1)
