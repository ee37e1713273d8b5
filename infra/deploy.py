"""`make deploy STAGE=dev`: put what `make package` left in `build/package` into the account at hand.

One change set of one CloudFormation stack, `holdfast-STAGE`. The code and the template (too long for
a request) go through the bucket `holdfast-artifacts-ACCOUNT-REGION`, under their digests.
"""

import argparse
import copy
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.exceptions import ClientError, WaiterError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import WaiterConfigTypeDef

PACKAGE = Path(__file__).parents[1] / "build" / "package"
FUNCTION = "AWS::Serverless::Function"
WAIT_S = 5
NO_CHANGES = re.compile("didn't contain changes|No updates are to be performed")


def main() -> int:
    """Deploy to `--stage` with the credentials of this machine; `--set Name=Value` sets a parameter."""
    parser = argparse.ArgumentParser(description="Deploy Holdfast by CloudFormation.")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="parameters")
    arguments = parser.parse_args()
    parameters = dict(given.split("=", 1) for given in arguments.parameters)
    deployer = Deployer(boto3.Session())
    for name, value in sorted(deployer.deploy(PACKAGE, arguments.stage, parameters).items()):
        print(f"{name} {value}")
    return 0


class Deployer:
    """Deploys through `session`, or to the emulator at `endpoint_url`."""

    def __init__(
        self, session: boto3.Session, *, endpoint_url: str | None = None, wait_s: int = WAIT_S
    ) -> None:
        self._cloudformation: CloudFormationClient = session.client(
            "cloudformation", endpoint_url=endpoint_url
        )
        self._s3 = session.client("s3", endpoint_url=endpoint_url)
        self._sts = session.client("sts", endpoint_url=endpoint_url)
        self._region = session.region_name
        self._wait_s = wait_s

    def deploy(self, package: Path, stage: str, parameters: dict[str, str]) -> dict[str, str]:
        """Create or update the stack of `stage` and return its outputs by name.

        Nothing to change is fine. Raises `botocore.exceptions.WaiterError` when CloudFormation gives
        up; the stack's events say why.
        """
        bucket = self._artifacts()
        code = {
            "Bucket": bucket,
            "Key": self._upload(bucket, (package / "deployment.zip").read_bytes(), "zip"),
        }
        template = with_code(json.loads((package / "sam.json").read_text()), code)
        key = self._upload(bucket, json.dumps(template).encode(), "json")
        self._change(f"holdfast-{stage}", f"{self._s3.meta.endpoint_url}/{bucket}/{key}", parameters)
        return self._outputs(f"holdfast-{stage}")

    def _artifacts(self) -> str:
        bucket = f"holdfast-artifacts-{self._sts.get_caller_identity()['Account']}-{self._region}"
        if bucket not in {found.get("Name") for found in self._s3.list_buckets()["Buckets"]}:
            here: Any = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            self._s3.create_bucket(Bucket=bucket, **({} if self._region == "us-east-1" else here))
        return bucket

    def _upload(self, bucket: str, content: bytes, suffix: str) -> str:
        key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        self._s3.put_object(Bucket=bucket, Key=key, Body=content)
        return key

    def _change(self, stack: str, template_url: str, parameters: dict[str, str]) -> None:
        name = f"deploy-{uuid4()}"
        exists = self._status(stack) not in {None, "REVIEW_IN_PROGRESS"}
        self._cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        if not self._has_changes(stack, name):
            self._cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
            return
        self._cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
        self._await_stack(stack, updated=exists)

    def _has_changes(self, stack: str, name: str) -> bool:
        waiter = self._cloudformation.get_waiter("change_set_create_complete")
        try:
            waiter.wait(StackName=stack, ChangeSetName=name, WaiterConfig={"Delay": self._wait_s})
        except WaiterError as error:
            # CloudFormation calls it a failure when there is nothing to do
            if NO_CHANGES.search(str(error.last_response.get("StatusReason", ""))):
                return False
            raise
        return True

    def _await_stack(self, stack: str, *, updated: bool) -> None:
        delay: WaiterConfigTypeDef = {"Delay": self._wait_s}
        if updated:
            self._cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig=delay)
        else:
            self._cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=delay)

    def _status(self, stack: str) -> str | None:
        try:
            return self._cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _outputs(self, stack: str) -> dict[str, str]:
        described = self._cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in described}


def with_code(template: dict[str, Any], code: dict[str, str]) -> dict[str, Any]:
    """`template` with every function's code at `code` (`Bucket`, `Key`)."""
    resources = copy.deepcopy(template["Resources"])
    for resource in resources.values():
        if resource["Type"] == FUNCTION:
            resource["Properties"]["CodeUri"] = code
    return template | {"Resources": resources}


if __name__ == "__main__":
    sys.exit(main())
