"""What is deployed, asserted on the generated template and not on what we meant."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.settings import Settings
from chalicelib.wiring import BLUEPRINTS
from infra.groups import GROUPS, Api, Divided, read
from infra.package import PROJECT
from infra.template import ANY_METHOD, FUNCTION, QUEUE, Unwired, complete, function_name
from tests.support.routes import service_routes

Template = dict[str, Any]
MARGIN_S = 30
GATEWAY_GIVES_UP_S = 29
NAMES = {"TableName", "BucketName", "QueueName", "Name", "AlarmName", "FunctionName", "LogGroupName"}


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {key: value["Properties"] for key, value in template["Resources"].items() if value["Type"] == kind}


def api_functions(template: Template) -> dict[str, dict[str, Any]]:
    """The functions that serve the API, by logical id."""
    functions = of_type(template, FUNCTION)
    return {key: function for key, function in functions.items() if function["Handler"] == "app.app"}


def queue_workers(template: Template) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each function that a queue triggers, with the properties of the mapping."""
    return [
        (function, event["Properties"])
        for function in of_type(template, FUNCTION).values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    ]


def source_queue(template: Template, mapping: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][mapping["Queue"]["Fn::GetAtt"][0]]["Properties"]
    return properties


def dead_queue(template: Template, queue: dict[str, Any]) -> dict[str, Any]:
    target = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    properties: dict[str, Any] = template["Resources"][target]["Properties"]
    return properties


def test_every_queue_worker_reports_failed_messages_one_by_one(template: Template) -> None:
    mappings = [mapping for _, mapping in queue_workers(template)]
    assert mappings
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)
    assert all(mapping["ScalingConfig"]["MaximumConcurrency"] >= 2 for mapping in mappings)


def test_a_message_stays_hidden_for_six_times_what_its_worker_may_take(template: Template) -> None:
    for function, mapping in queue_workers(template):
        visibility_s = source_queue(template, mapping)["VisibilityTimeout"]
        assert visibility_s >= 6 * function["Timeout"]
        assert function["Timeout"] < visibility_s - MARGIN_S


def work_queues(template: Template) -> list[dict[str, Any]]:
    """Every queue that gives messages up; the others are what they give them up to."""
    return [queue for queue in of_type(template, QUEUE).values() if "RedrivePolicy" in queue]


def test_every_work_queue_gives_messages_up_to_a_queue_that_keeps_them_longer(template: Template) -> None:
    assert work_queues(template)
    for queue in work_queues(template):
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 3
        assert dead_queue(template, queue)["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_every_queue_is_worked_and_only_dead_letters_are_given_up_to_nobody(template: Template) -> None:
    worked = [source_queue(template, mapping) for _, mapping in queue_workers(template)]
    assert all(queue in worked for queue in of_type(template, QUEUE).values())
    last = [queue for queue in worked if "RedrivePolicy" not in queue]
    assert last == [dead_queue(template, queue) for queue in work_queues(template)]


def test_every_queue_is_encrypted(template: Template) -> None:
    assert all(queue["SqsManagedSseEnabled"] is True for queue in of_type(template, QUEUE).values())


def test_every_function_has_its_own_memory_timeout_role_and_kept_logs(template: Template) -> None:
    functions = of_type(template, FUNCTION)
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert len(set(roles)) == len(functions)
    for function in functions.values():
        assert function["Timeout"] > 0
        assert function["MemorySize"] >= 128
        logs = template["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert logs["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_function_is_configured_by_chalice_and_not_by_its_defaults(template: Template) -> None:
    configured = json.loads((PROJECT / ".chalice" / "config.json").read_text())["lambda_functions"]
    names = {function_name(key).replace("-", "_") for key in of_type(template, FUNCTION)}
    # Chalice knows one function of the API: what all of them have is said there
    assert names == set(configured) - {"api_handler"}


def test_a_function_of_the_api_may_have_a_memory_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / ".chalice", tmp_path / ".chalice")
    path = tmp_path / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["lambda_functions"]["api_packages"]["lambda_memory_size"] = 1769
    path.write_text(json.dumps(config))
    own = {group.name: group.settings for group in read(tmp_path, {}).groups}
    assert own["packages"] == {"MemorySize": 1769}
    assert own["web"] == {}


def test_the_api_answers_before_the_gateway_gives_up(template: Template) -> None:
    for function in api_functions(template).values():
        assert function["Timeout"] < GATEWAY_GIVES_UP_S


def test_every_name_carries_the_stage(template: Template) -> None:
    names = [
        value["Fn::Sub"]
        for resource in template["Resources"].values()
        for name, value in resource.get("Properties", {}).items()
        if name in NAMES and "Fn::Sub" in value
    ]
    assert len(names) >= 12
    assert all("holdfast-${Stage}" in name for name in names)


def test_an_artifact_deploys_to_no_other_stage(template: Template, prod_template: Template) -> None:
    for made, stage in ((template, "dev"), (prod_template, "prod")):
        parameter = made["Parameters"]["Stage"]
        assert parameter["Default"] == stage
        assert re.fullmatch(parameter["AllowedPattern"], stage)
        assert not re.fullmatch(parameter["AllowedPattern"], "staging")


def test_production_has_more_memory_where_work_is_done(template: Template, prod_template: Template) -> None:
    dev, prod = of_type(template, FUNCTION), of_type(prod_template, FUNCTION)
    for key in api_functions(template):
        assert prod[key]["MemorySize"] > dev[key]["MemorySize"]
    assert prod["PackagesWorker"]["MemorySize"] > dev["PackagesWorker"]["MemorySize"]


def test_the_service_is_told_everything_by_reference(template: Template) -> None:
    for function in of_type(template, FUNCTION).values():
        variables = function["Environment"]["Variables"]
        assert variables["HOLDFAST_TABLE_NAME"] == {"Ref": "Table"}
        assert variables["HOLDFAST_S3_BUCKET"] == {"Ref": "Bucket"}
        assert variables["HOLDFAST_JWT_SECRET_ID"] == {"Ref": "JwtSecret"}
        assert "HOLDFAST_JWT_SECRET" not in variables


def test_every_variable_is_a_setting_of_the_service(template: Template) -> None:
    known = {f"HOLDFAST_{name.upper()}" for name in Settings.model_fields}
    for function in of_type(template, FUNCTION).values():
        assert set(function["Environment"]["Variables"]) <= known


def test_the_queue_prefix_and_a_bare_name_are_a_queues_url(template: Template) -> None:
    prefix = template["Resources"]["ApiPackages"]["Properties"]["Environment"]["Variables"][
        "HOLDFAST_QUEUE_URL_PREFIX"
    ]
    at, (separator, queue) = prefix["Fn::Select"][0], prefix["Fn::Select"][1]["Fn::Split"]
    name = template["Resources"][queue["Ref"]]["Properties"]["QueueName"]["Fn::Sub"]
    url = f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"
    assert url.split(separator)[at] + "packages" == url


def test_the_gateway_refuses_in_our_shape(template: Template) -> None:
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    responses = definition["x-amazon-apigateway-gateway-responses"]
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    for response in responses.values():
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert set(problem) == {"type", "title", "status", "code", "message", "details", "request_id"}
        assert str(problem["status"]) == response["statusCode"]
        content_type = response["responseParameters"]["gatewayresponse.header.Content-Type"]
        assert content_type == "'application/problem+json'"


def test_who_is_to_wait_is_told_how_long(template: Template) -> None:
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    responses = definition["x-amazon-apigateway-gateway-responses"]
    waiting = {"THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_FAILURE"}
    told = {
        name
        for name, found in responses.items()
        if "gatewayresponse.header.Retry-After" in found["responseParameters"]
    }
    assert told == waiting


def test_a_method_that_a_route_has_not_reaches_the_service(template: Template) -> None:
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    assert definition["paths"]
    for methods in definition["paths"].values():
        assert methods[ANY_METHOD]["x-amazon-apigateway-integration"]["type"] == "aws_proxy"


def test_the_api_has_one_stage_called_api_and_is_throttled(template: Template) -> None:
    api = template["Resources"]["RestAPI"]["Properties"]
    assert api["StageName"] == "api"
    assert api["OpenApiVersion"] == "2.0"
    assert api["MethodSettings"][0]["ThrottlingRateLimit"] == {"Ref": "ThrottlingRate"}


def test_the_api_is_served_by_a_function_for_each_group_and_no_other(template: Template) -> None:
    serves = {
        key: function["Environment"]["Variables"]["HOLDFAST_SERVES"]
        for key, function in api_functions(template).items()
    }
    assert serves == {f"Api{name.capitalize()}": ",".join(domains) for name, domains in GROUPS.items()}
    workers = set(of_type(template, FUNCTION)) - set(serves)
    for key in workers:
        function = of_type(template, FUNCTION)[key]
        assert function["Handler"].startswith("chalicelib.")  # its own module, not the app
        assert "HOLDFAST_SERVES" not in function["Environment"]["Variables"]
    assert "APIHandler" not in json.dumps(template)


def test_every_domain_with_routes_is_in_one_group() -> None:
    grouped = [domain for domains in GROUPS.values() for domain in domains]
    assert sorted(grouped) == sorted(BLUEPRINTS)


def test_each_path_leads_to_the_function_that_serves_its_domain(template: Template) -> None:
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    group_of = {domain: name for name, domains in GROUPS.items() for domain in domains}
    for route in service_routes():
        group = group_of[route.view.__module__.split(".")[1]]
        for method in definition["paths"][route.path].values():
            uri = method["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            assert uri.endswith(f":function:holdfast-${{Stage}}-api-{group}/invocations")


def test_the_gateway_may_invoke_each_function_of_the_api(template: Template) -> None:
    allowed = {
        permission["FunctionName"]["Ref"]
        for permission in of_type(template, "AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    }
    assert allowed == set(api_functions(template))


def test_a_path_of_two_groups_or_of_none_is_refused() -> None:
    api = read(PROJECT, {"/shared": ["members", "hooks"], "/members": ["members"]})
    assert api.serving("/members").name == "members"
    for path in ("/shared", "/nowhere"):
        with pytest.raises(Divided, match=path):
            api.serving(path)


def test_a_worker_of_a_queue_that_does_not_exist_is_refused(template: Template) -> None:
    orphaned = json.loads(json.dumps(template))
    orphaned["Resources"].pop("PackagesQueue")
    for key in ("APIHandler", "ApiHandlerRole", "APIHandlerInvokePermission"):
        orphaned["Resources"][key] = {"Type": "as Chalice writes it"}
    orphaned["Outputs"] |= {"APIHandlerName": {}, "APIHandlerArn": {}}
    mapping = queue_workers(orphaned)[0][1]
    mapping["Queue"] = {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:packages"}
    with pytest.raises(Unwired, match="packages"):
        complete(orphaned, stage="dev", api=Api((), {}))
