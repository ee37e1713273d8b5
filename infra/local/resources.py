"""Create the resources of `infra/resources.json` with CloudFormation, as the deployment does.

ministack's CloudFormation reads the same file that is deployed, so no second description can differ from
it. A changed file is an update, as in AWS. An unchanged file costs a single request.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from infra.local.clients import session

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TEMPLATE = Path(__file__).parents[1] / "resources.json"
STACK = "holdfast-local"


class Resources(NamedTuple):
    """The resources that the app needs to know. The URL of a queue is the prefix and its bare name."""

    table_name: str
    bucket: str
    queue_url_prefix: str


def create(engine_url: str) -> Resources:
    """Create or update all resources in the engine at `engine_url`; a second call changes nothing.

    Raises `botocore.exceptions.WaiterError` when CloudFormation fails; the engine's log says why.
    """
    client = session().client("cloudformation", endpoint_url=engine_url)
    template = TEMPLATE.read_text()
    try:
        client.create_stack(StackName=STACK, TemplateBody=template)
        client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    except client.exceptions.AlreadyExistsException:
        _update(client, template)
    return _outputs(client, engine_url)


def _update(client: "CloudFormationClient", template: str) -> None:
    try:
        client.update_stack(StackName=STACK, TemplateBody=template)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise
    client.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})


def _outputs(client: "CloudFormationClient", engine_url: str) -> Resources:
    described = client.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    value_by_name = {output["OutputKey"]: output["OutputValue"] for output in described}
    # the queue's URL names the port of the engine that created it, which may be another one now
    path = value_by_name["PackagesQueueUrl"].split("/", 3)[3]
    return Resources(
        table_name=value_by_name["TableName"],
        bucket=value_by_name["BucketName"],
        queue_url_prefix=f"{engine_url}/{path.removesuffix('packages')}",
    )
