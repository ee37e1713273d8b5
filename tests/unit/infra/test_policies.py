"""What each function's role allows: what it does, on what is ours, and no more."""

import ast
import re
from typing import Any

import pytest

from infra.package import PROJECT
from infra.template import FUNCTION

Template = dict[str, Any]
PROBES = "${Bucket.Arn}/${Namespace}/.probe/*"
DISPOSED = {
    "${Bucket.Arn}/${Namespace}/*/packages/*/sha256/*",
    "${Bucket.Arn}/${Namespace}/*/packages/*/multipart/*",
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Template, function: str) -> list[dict[str, Any]]:
    role = template["Resources"][template["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"][0]]
    found: list[dict[str, Any]] = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def actions(template: Template, function: str) -> set[str]:
    return {action for statement in statements(template, function) for action in as_list(statement["Action"])}


def functions(template: Template) -> list[str]:
    return [key for key, resource in template["Resources"].items() if resource["Type"] == FUNCTION]


def test_no_role_allows_a_whole_service_or_every_resource(template: Template) -> None:
    for function in functions(template):
        assert not [action for action in actions(template, function) if "*" in action]
        for statement in statements(template, function):
            assert statement["Effect"] == "Allow"
            assert "*" not in as_list(statement["Resource"])


def test_every_resource_of_a_role_is_one_of_this_deployment(template: Template) -> None:
    ours = re.compile(r"\$\{(Table|Bucket)\.Arn\}|holdfast-\$\{Stage\}-")
    for function in functions(template):
        for statement in statements(template, function):
            for resource in as_list(statement["Resource"]):
                named = resource.get("Fn::GetAtt", [None])[0] in template["Resources"]
                assert named or ours.search(resource["Fn::Sub"])


def test_nothing_may_scan(template: Template) -> None:
    assert not [
        function for function in functions(template) if "dynamodb:Scan" in actions(template, function)
    ]


def resources(template: Template, function: str, wanted: str) -> set[str]:
    """The objects that `function` may do something to whose action starts so."""
    return {
        resource["Fn::Sub"]
        for statement in statements(template, function)
        if any(action.startswith(wanted) for action in as_list(statement["Action"]))
        for resource in as_list(statement["Resource"])
        if "Fn::Sub" in resource
    }


def test_evidence_is_removed_by_who_disposes_of_it_and_everyone_else_removes_probes(
    template: Template,
) -> None:
    for function in functions(template):
        evidence = resources(template, function, "s3:Delete") - {PROBES}
        assert evidence == (DISPOSED if function in {"APIHandler", "SweepsWorker"} else set())
        # a bucket with versions keeps the bytes unless the version is named
        assert ("s3:DeleteObject" in actions(template, function)) == (
            "s3:DeleteObjectVersion" in actions(template, function)
        )


def test_a_manifest_is_removed_by_nobody(template: Template) -> None:
    removable = {
        found for function in functions(template) for found in resources(template, function, "s3:Delete")
    }
    assert not [
        found for found in removable if found.endswith(("/packages/*", "manifest.json", "${Namespace}/*"))
    ]


def test_a_lock_is_passed_by_only_for_a_canary(template: Template) -> None:
    passing = {
        function: found
        for function in functions(template)
        if (found := resources(template, function, "s3:Bypass"))
    }
    assert passing == {"APIHandler": {PROBES}, "CertifyStorage": {PROBES}}


def test_who_attacks_the_canary_reaches_no_evidence(template: Template) -> None:
    assert resources(template, "CertifyStorage", "s3:") - {PROBES} == set()


@pytest.mark.parametrize("function", ["APIHandler", "PackagesWorker", "SweepsWorker", "HooksWorker"])
def test_who_uses_the_store_can_remove_every_version_of_its_probes(template: Template, function: str) -> None:
    assert PROBES in resources(template, function, "s3:DeleteObjectVersion")
    assert "s3:ListBucketVersions" in actions(template, function)


def test_only_a_queues_own_worker_takes_its_messages(template: Template) -> None:
    takers = {
        key: statement["Resource"]["Fn::GetAtt"][0]
        for key in functions(template)
        for statement in statements(template, key)
        if "sqs:ReceiveMessage" in as_list(statement["Action"])
    }
    assert takers == {
        "PackagesWorker": "PackagesQueue",
        "HooksWorker": "HooksQueue",
        "SweepsWorker": "SweepsQueue",
        "BridgePackages": "PackagesDeadQueue",
        "BridgeHooks": "HooksDeadQueue",
        "BridgeSweeps": "SweepsDeadQueue",
    }
    for taker in takers:
        assert {"sqs:DeleteMessage", "sqs:GetQueueAttributes"} <= actions(template, taker)


@pytest.mark.parametrize(
    "function",
    [
        "BridgePackages",
        "BridgeSweeps",
        "BridgeHooks",
        "DispatchOperations",
        "ReconcileOperations",
        "SweepRetention",
        "SweepIntegrity",
    ],
)
def test_who_ends_or_sends_work_reaches_no_bytes(template: Template, function: str) -> None:
    assert not [action for action in actions(template, function) if action.startswith("s3:")]


def test_only_who_gives_work_out_sends_messages(template: Template) -> None:
    senders = {
        key: {found["Fn::GetAtt"][0] for found in as_list(statement["Resource"])}
        for key in functions(template)
        for statement in statements(template, key)
        if "sqs:SendMessage" in as_list(statement["Action"])
    }
    every = {"PackagesQueue", "HooksQueue", "SweepsQueue"}
    assert senders == {
        "APIHandler": every,
        "DispatchOperations": every,
        "ReconcileOperations": every,
        "PackagesWorker": {"HooksQueue"},
        "SweepRetention": {"SweepsQueue"},
        "SweepIntegrity": {"SweepsQueue"},
    }


def test_who_runs_code_of_others_writes_probes_and_what_functions_leave_and_sends_no_messages(
    template: Template,
) -> None:
    assert resources(template, "HooksWorker", "s3:Put") == {
        PROBES,
        "${Bucket.Arn}/${Namespace}/*/hook-runs/*",
    }
    assert "sqs:SendMessage" not in actions(template, "HooksWorker")


def test_a_release_can_name_functions_made_for_hooks_and_none_of_ours(template: Template) -> None:
    invoking = {key: found for key in functions(template) if (found := resources(template, key, "lambda:"))}
    assert list(invoking) == ["HooksWorker"]
    (invoked,) = invoking["HooksWorker"]
    assert invoked.endswith(":function:holdfast-${Stage}-hook-*")
    start = invoked.rpartition(":")[2].rstrip("*")
    named = [
        template["Resources"][key]["Properties"]["FunctionName"]["Fn::Sub"] for key in functions(template)
    ]
    assert not [name for name in named if name.startswith(start)]


def test_who_asks_for_an_object_learns_that_it_is_missing(template: Template) -> None:
    # S3 says 403 instead to those who may not list; a question about one object names no prefix
    for function in functions(template):
        listing = [found for found in statements(template, function) if "s3:ListBucket" in found["Action"]]
        if "${Bucket.Arn}/${Namespace}/*" in resources(template, function, "s3:GetObject"):
            assert [list(found["Condition"]) for found in listing] == [["StringLikeIfExists"]]


def test_the_dispatcher_only_finds_sends_and_forgets_messages(template: Template) -> None:
    assert actions(template, "DispatchOperations") - LOGS == {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "sqs:SendMessage",
    }


def test_only_who_checks_or_signs_reads_the_secret(template: Template) -> None:
    readers = [
        key for key in functions(template) if "secretsmanager:GetSecretValue" in actions(template, key)
    ]
    assert set(readers) == {"APIHandler", "CertifyStorage"}  # a certificate is signed with a key of it


def test_every_function_writes_its_own_log_and_no_other(template: Template) -> None:
    for function in functions(template):
        own = template["Resources"][function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        logging = [found for found in statements(template, function) if set(as_list(found["Action"])) == LOGS]
        assert [found["Resource"] for found in logging] == [{"Fn::GetAtt": [own, "Arn"]}]


def queried_indexes() -> set[str]:
    """The indexes that the service's own code names when it queries."""
    return {
        str(keyword.value.value)
        for source in (PROJECT / "chalicelib").rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "index" and isinstance(keyword.value, ast.Constant) and keyword.value.value
    }


def test_the_roles_open_the_indexes_that_the_code_queries_and_no_other(template: Template) -> None:
    opened = {
        resource["Fn::Sub"].rpartition("/")[2]
        for function in functions(template)
        for statement in statements(template, function)
        for resource in as_list(statement["Resource"])
        if "/index/" in resource.get("Fn::Sub", "")
    }
    assert opened == queried_indexes()


@pytest.mark.parametrize(
    "action", ["dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:BatchGetItem"]
)
def test_the_api_and_its_worker_can_do_their_transactions(template: Template, action: str) -> None:
    assert action in actions(template, "APIHandler")
    assert action in actions(template, "PackagesWorker")
    assert action in actions(template, "HooksWorker")
