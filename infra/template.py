"""What `chalice package` leaves out, added to its template: pure functions from template to template.

Chalice 1.34 sets no `ReportBatchItemFailures`, knows no queue of the same template, gives functions
no name, and writes the packaging interpreter's version as their runtime. It serves the API by one
function, which is replaced here by one for each group of domains (infra/groups.py).
"""

import copy
import re
from typing import Any

from infra.gateway_responses import gateway_responses
from infra.groups import Api, Group

Template = dict[str, Any]

API = "RestAPI"
HANDLER, HANDLER_ROLE, HANDLER_PERMISSION = "APIHandler", "ApiHandlerRole", "APIHandlerInvokePermission"
HANDLER_OUTPUTS = ("APIHandlerName", "APIHandlerArn")
FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
BATCHES_AT_ONCE = 10
ANY_METHOD = "x-amazon-apigateway-any-method"
NAME = "holdfast-${Stage}-"


class Unwired(Exception):
    """A function listens to a queue that infra/resources.json does not have; `args` names it."""


def complete(template: Template, *, stage: str, api: Api) -> Template:
    """Return `template` as it can be deployed to `stage`; the one given stays as it was.

    Raise `Unwired` for a function whose queue is not among the resources, `Divided` for a path that
    is not served by exactly one group of `api`.
    """
    made = copy.deepcopy(template)
    only = f"This artifact is packaged for stage {stage}."
    made["Parameters"]["Stage"] |= {"Default": stage, "AllowedPattern": stage, "ConstraintDescription": only}
    _divide(made, api)
    functions = {key: value for key, value in made["Resources"].items() if value["Type"] == FUNCTION}
    for key, function in functions.items():
        _name(made, key, function["Properties"])
        _configure(function["Properties"])
        _wire_queues(made, function["Properties"])
    _open_api(made["Resources"][API]["Properties"], api)
    return made


def function_name(key: str) -> str:
    """Return the deployed name of the function under `key`, without the stage: ApiWeb → api-web."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", key).lower()


def _divide(template: Template, api: Api) -> None:
    """Put a function, a role and a permission for each group in place of Chalice's one function."""
    resources: dict[str, Any] = template["Resources"]
    function, role = resources.pop(HANDLER), resources.pop(HANDLER_ROLE)
    permission = resources.pop(HANDLER_PERMISSION)
    for group in api.groups:
        resources[group.key] = _function(function, group)
        resources[f"{group.key}Role"] = _role(role, group)
        resources[f"{group.key}InvokePermission"] = _permission(permission, group)
    for output in HANDLER_OUTPUTS:
        del template["Outputs"][output]


def _function(handler: dict[str, Any], group: Group) -> dict[str, Any]:
    made = copy.deepcopy(handler)
    made["Properties"]["Role"] = {"Fn::GetAtt": [f"{group.key}Role", "Arn"]}
    made["Properties"]["Environment"]["Variables"]["HOLDFAST_SERVES"] = group.serves
    made["Properties"] |= group.settings
    return made


def _role(handlers: dict[str, Any], group: Group) -> dict[str, Any]:
    made = copy.deepcopy(handlers)
    (policy,) = made["Properties"]["Policies"]
    policy |= {"PolicyName": f"{group.key}RolePolicy", "PolicyDocument": group.policy}
    return made


def _permission(handlers: dict[str, Any], group: Group) -> dict[str, Any]:
    made = copy.deepcopy(handlers)
    made["Properties"]["FunctionName"] = {"Ref": group.key}
    return made


def _name(template: Template, key: str, properties: dict[str, Any]) -> None:
    name = f"{NAME}{function_name(key)}"
    logs = "".join(part.capitalize() for part in function_name(key).split("-")) + "Logs"
    template["Resources"][logs] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"},
            "RetentionInDays": {"Ref": "LogRetentionDays"},
        },
    }
    properties["FunctionName"] = {"Fn::Sub": name}
    properties["LoggingConfig"] = {"LogGroup": {"Ref": logs}}


def _configure(properties: dict[str, Any]) -> None:
    properties.setdefault("Environment", {}).setdefault("Variables", {}).update(
        {
            "HOLDFAST_STAGE": {"Ref": "Stage"},
            "HOLDFAST_NAMESPACE": {"Ref": "Namespace"},
            "HOLDFAST_PUBLIC_URL": _public_url(),
            "HOLDFAST_TABLE_NAME": {"Ref": "Table"},
            "HOLDFAST_DYNAMODB_ENDPOINT_URL": {"Ref": "DynamodbEndpointUrl"},
            "HOLDFAST_S3_BUCKET": {"Ref": "Bucket"},
            "HOLDFAST_S3_REGION": {"Ref": "AWS::Region"},
            "HOLDFAST_S3_ENDPOINT_URL": {"Ref": "S3EndpointUrl"},
            "HOLDFAST_S3_ADDRESSING_STYLE": {"Ref": "S3AddressingStyle"},
            "HOLDFAST_S3_OBJECT_LOCK": {"Fn::If": ["ObjectLockOn", "true", "false"]},
            "HOLDFAST_S3_OBJECT_LOCK_MODE": {"Ref": "ObjectLockMode"},
            # a queue's URL ends in its bare name: what comes before that of one queue serves all
            "HOLDFAST_QUEUE_URL_PREFIX": {
                "Fn::Select": [0, {"Fn::Split": ["packages", {"Ref": "PackagesQueue"}]}]
            },
            "HOLDFAST_SQS_ENDPOINT_URL": {"Ref": "SqsEndpointUrl"},
            "HOLDFAST_JWT_SECRET_ID": {"Ref": "JwtSecret"},
            "HOLDFAST_SECRETS_ENDPOINT_URL": {"Ref": "SecretsEndpointUrl"},
            "HOLDFAST_LAMBDA_ENDPOINT_URL": {"Ref": "LambdaEndpointUrl"},
        }
    )


def _public_url() -> dict[str, Any]:
    own = "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/api"
    return {"Fn::If": ["PublicUrlGiven", {"Ref": "PublicUrl"}, {"Fn::Sub": own}]}


def _wire_queues(template: Template, properties: dict[str, Any]) -> None:
    for event in properties.get("Events", {}).values():
        if event["Type"] == "SQS":
            bare_name = event["Properties"]["Queue"]["Fn::Sub"].rpartition(":")[2]
            event["Properties"] |= {
                "Queue": {"Fn::GetAtt": [_queue_key(template, bare_name), "Arn"]},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            }
            event["Properties"].setdefault("ScalingConfig", {"MaximumConcurrency": BATCHES_AT_ONCE})


def _queue_key(template: Template, bare_name: str) -> str:
    resources: dict[str, Any] = template["Resources"]
    for key, resource in resources.items():
        if (
            resource["Type"] == QUEUE
            and resource["Properties"]["QueueName"]["Fn::Sub"] == f"{NAME}{bare_name}"
        ):
            return key
    raise Unwired(f"No queue named {NAME}{bare_name} is in infra/resources.json.")


def _open_api(properties: dict[str, Any], api: Api) -> None:
    properties["OpenApiVersion"] = "2.0"  # without it SAM deploys a second stage, called Stage
    properties["MethodSettings"] = [
        {
            "ResourcePath": "/*",
            "HttpMethod": "*",
            "MetricsEnabled": True,
            "ThrottlingRateLimit": {"Ref": "ThrottlingRate"},
            "ThrottlingBurstLimit": {"Ref": "ThrottlingBurst"},
        }
    ]
    definition = properties["DefinitionBody"]
    definition["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    for path, methods in definition["paths"].items():
        uri = _integration_uri(api.serving(path))
        for method in methods.values():
            method["x-amazon-apigateway-integration"]["uri"] = {"Fn::Sub": uri}
        # a method that the route has not is ours to refuse, with 405 and Allow
        example = next(iter(methods.values()))
        others = {name: value for name, value in example.items() if name not in {"summary", "description"}}
        methods.setdefault(ANY_METHOD, copy.deepcopy(others))


def _integration_uri(group: Group) -> str:
    # by name and not by reference: the function's environment refers to the API already
    name = NAME + function_name(group.key)
    function = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + name
    gateway = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    return f"{gateway}{function}/invocations"
