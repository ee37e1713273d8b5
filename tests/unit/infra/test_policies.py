"""What each function's role allows: what it does, on what is ours, and no more."""

import ast
import re
from typing import Any

import pytest

from chalicelib.http.routes import PUBLIC, Route
from infra.groups import GROUPS
from infra.package import PROJECT
from infra.template import FUNCTION
from tests.support.routes import service_routes

Template = dict[str, Any]
PROBES = "${Bucket.Arn}/${Namespace}/.probe/*"
DISPOSED = {
    "${Bucket.Arn}/${Namespace}/*/packages/*/sha256/*",
    "${Bucket.Arn}/${Namespace}/*/packages/*/multipart/*",
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
KEPT = {
    "${Bucket.Arn}/${Namespace}/*",
    "${Bucket.Arn}/${Namespace}/*/packages/*",
    "${Bucket.Arn}/${Namespace}/*/hooks/sha256/*",
}
READS = {"dynamodb:BatchGetItem", "dynamodb:GetItem"}
WRITES = {"dynamodb:DeleteItem", "dynamodb:PutItem"}
CHECK, QUERY, UPDATE = "dynamodb:ConditionCheckItem", "dynamodb:Query", "dynamodb:UpdateItem"
# what the requests of each group do to items; idempotency updates, and conditions on unwritten items check
ITEMS = {
    "web": READS | WRITES | {QUERY, UPDATE},
    "members": READS | WRITES | {CHECK, UPDATE},
    "packages": READS | WRITES | {CHECK, QUERY, UPDATE},
    "hooks": READS | WRITES | {QUERY, UPDATE},
    "operations": READS | WRITES | {QUERY},
}
# an index that a group queries in another domain's store, and the request that does
BORROWED = {
    "web": {"by_ref"},  # GET /health/details counts the alarms of integrity
    "members": set(),
    "packages": set(),
    "hooks": set(),
    "operations": set(),
}


def key(group: str) -> str:
    return f"Api{group.capitalize()}"


API = {key(group) for group in GROUPS}


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
        assert evidence == (DISPOSED if function in {"ApiPackages", "SweepsWorker"} else set())
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
    assert passing == {"ApiWeb": {PROBES}, "CertifyStorage": {PROBES}}


@pytest.mark.parametrize("function", ["CertifyStorage", "ApiWeb"])
def test_who_attacks_the_canary_reaches_no_evidence(template: Template, function: str) -> None:
    assert resources(template, function, "s3:") - {PROBES} == set()


@pytest.mark.parametrize(
    "function", ["ApiWeb", "ApiPackages", "ApiHooks", "PackagesWorker", "SweepsWorker", "HooksWorker"]
)
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
        "ApiMembers",
        "ApiOperations",
    ],
)
def test_who_ends_or_sends_work_or_asks_the_table_alone_reaches_no_bytes(
    template: Template, function: str
) -> None:
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
        "ApiPackages": every,
        "ApiHooks": {"HooksQueue"},
        "ApiOperations": every,
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
        if KEPT & resources(template, function, "s3:GetObject"):
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
    assert set(readers) == {*API, "CertifyStorage"}  # a certificate is signed with a key of it


def test_every_function_writes_its_own_log_and_no_other(template: Template) -> None:
    for function in functions(template):
        own = template["Resources"][function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        logging = [found for found in statements(template, function) if set(as_list(found["Action"])) == LOGS]
        assert [found["Resource"] for found in logging] == [{"Fn::GetAtt": [own, "Arn"]}]


def queried_indexes(*folders: str) -> set[str]:
    """The indexes that the code of these folders names when it queries; `newest` queries `by_time`."""
    calls = [
        node
        for folder in folders
        for source in (PROJECT / "chalicelib" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
    ]
    named = {
        str(keyword.value.value)
        for call in calls
        for keyword in call.keywords
        if keyword.arg == "index" and isinstance(keyword.value, ast.Constant) and keyword.value.value
    }
    newest = any(ast.unparse(call.func) == "queries.newest" for call in calls)
    return named | ({"by_time"} if newest else set())


def opened_indexes(template: Template, function: str) -> set[str]:
    """The indexes that the role of a function may query."""
    return {
        resource["Fn::Sub"].rpartition("/")[2]
        for statement in statements(template, function)
        for resource in as_list(statement["Resource"])
        if "/index/" in resource.get("Fn::Sub", "")
    }


def test_the_roles_open_the_indexes_that_the_code_queries_and_no_other(template: Template) -> None:
    opened = {index for function in functions(template) for index in opened_indexes(template, function)}
    assert opened == queried_indexes("")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_opens_the_indexes_that_its_domains_query_and_no_other(
    template: Template, group: str
) -> None:
    own = queried_indexes(*(domain for domain in GROUPS[group] if domain != "retention"))
    # the store of retention lists workspaces for the sweep's schedule, which has a role of its own
    assert opened_indexes(template, key(group)) == own | BORROWED[group]


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_does_to_items_what_its_requests_do_and_no_more(template: Template, group: str) -> None:
    (on_the_table,) = [
        set(found["Action"])
        for found in statements(template, key(group))
        if found["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    ]
    assert on_the_table == ITEMS[group]


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_keeps_answers_when_a_request_of_it_may_be_sent_again(template: Template, group: str) -> None:
    creates = any(route.creates for route in routes_of(group))
    assert creates == (UPDATE in actions(template, key(group)))


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_checks_tokens_and_memberships(template: Template, group: str) -> None:
    assert any(route.scope != PUBLIC for route in routes_of(group))
    assert {"secretsmanager:GetSecretValue", "dynamodb:GetItem"} <= actions(template, key(group))


def test_what_a_group_may_do_to_bytes_is_of_its_own_domain(template: Template) -> None:
    bytes_of = {group: resources(template, key(group), "s3:GetObject") - {PROBES} for group in GROUPS}
    assert {group: found for group, found in bytes_of.items() if found} == {
        "packages": {"${Bucket.Arn}/${Namespace}/*/packages/*"},
        "hooks": {"${Bucket.Arn}/${Namespace}/*/hooks/sha256/*"},
    }


def test_only_the_group_that_shows_health_looks_at_queues(template: Template) -> None:
    watching = {group for group in GROUPS if "sqs:GetQueueAttributes" in actions(template, key(group))}
    assert watching == {"web"}


def routes_of(group: str) -> list[Route]:
    """The routes of a group's domains."""
    return [route for route in service_routes() if route.view.__module__.split(".")[1] in GROUPS[group]]


@pytest.mark.parametrize(
    "action", ["dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:BatchGetItem"]
)
def test_the_api_and_its_worker_can_do_their_transactions(template: Template, action: str) -> None:
    assert action in actions(template, "ApiPackages")
    assert action in actions(template, "PackagesWorker")
    assert action in actions(template, "HooksWorker")
