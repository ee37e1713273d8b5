"""The whole service in this process, on ministack, as one workspace of a test's own sees it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx
from chalice.local import LambdaContext
from chalice.test import Client as ChaliceClient

from app import app
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items as table
from chalicelib.dynamodb import queries
from holdfast.api.audit import Event
from infra.local.functions import Functions
from infra.local.resources import Resources
from tests.support.api import ROOT, Answer, Api
from tests.support.factories import make_token

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

PLAN_FILES = 500


class Deployed(NamedTuple):
    """What is deployed in ministack, and the clients that tests look at it with."""

    engine_url: str
    resources: Resources
    s3: "S3Client"
    sqs: "SQSClient"
    http: httpx.Client

    def settings(self) -> dict[str, str]:
        """The settings of an app that is deployed here."""
        endpoints = {f"{part}_endpoint_url": self.engine_url for part in ("dynamodb", "s3", "sqs", "secrets")}
        return {
            **endpoints,
            "table_name": self.resources.table_name,
            "queue_url_prefix": self.resources.queue_url_prefix,
            "s3_bucket": self.resources.bucket,
            "s3_addressing_style": "path",
        }


class Served:
    """One workspace: its client, its uploads, its queue."""

    def __init__(self, workspace: str, deployed: Deployed) -> None:
        self.workspace = workspace
        self.bucket = deployed.resources.bucket
        self.s3 = deployed.s3
        self.api = Api(token=self.token())
        self._deployed = deployed

    def token(self, *, role: str = "owner", tenants: Sequence[str] = ("*",), sub: str = "ada") -> str:
        """The token of a member of this workspace."""
        return make_token(sub=sub, workspaces={self.workspace: {"role": role, "tenants": list(tenants)}})

    @staticmethod
    def token_of(workspace: str) -> str:
        """The token of an owner of another workspace."""
        return make_token(workspaces={workspace: {"role": "owner", "tenants": ["*"]}})

    def create(self, **overrides: Any) -> str:
        """A new package; its id."""
        body = {"producer": "nightly", "kind": "junit", "name": "unit tests"} | overrides
        return str(answered(self.api.post("/packages", body), 201)["id"])

    def declare(self, slug: str = "junit-run", **overrides: Any) -> dict[str, Any]:
        """A new convention that demands nothing unless told to."""
        body = {"slug": slug, "title": "A run"} | overrides
        declared: dict[str, Any] = answered(self.api.post("/conventions", body), 201)
        return declared

    def bundle(self, hook: str, content: bytes) -> str:
        """Hand the bytes of a bundle over; their digest."""
        digest = hashlib.sha256(content).hexdigest()
        upload = answered(self.api.post(f"/hooks/{hook}/bundles", {"digest": digest, "size": len(content)}))
        if not upload["stored"]:
            assert self.send(upload, content) == 200
        return digest

    def plan(self, package_id: str, files: Mapping[str, bytes], *, replace: bool = False) -> Answer:
        """Ask for the upload plan of `files`, at most 500."""
        body = {"files": [declared(path, data) for path, data in files.items()], "replace": replace}
        return self.api.post(f"/packages/{package_id}/uploads", body)

    def send(self, instruction: Mapping[str, Any], data: bytes) -> int:
        """Send bytes as an instruction of a plan says; the store's status."""
        method, url, headers = (instruction[name] for name in ("method", "url", "headers"))
        if url.startswith(settings().public_url):
            target = url.removeprefix(settings().public_url)
            return self.api.asked_by(None).request(method, target, headers=headers, body=data).status
        return self._deployed.http.request(method, url, headers=headers, content=data).status_code

    def upload(self, package_id: str, files: Mapping[str, bytes], **wanted: Any) -> None:
        """Plan `files` and send each that is not stored yet."""
        for batch in batches(files):
            items = answered(self.plan(package_id, batch, **wanted))["items"]
            for item, data in zip(items, batch.values(), strict=True):
                if not item["stored"]:
                    assert self.send(item, data) in {200, 412}

    def upload_copies(self, package_id: str, paths: Iterable[str], data: bytes) -> None:
        """Plan many paths of one content, and send it once: equal content is stored once."""
        for batch in batches(dict.fromkeys(paths, data)):
            items = answered(self.plan(package_id, batch))["items"]
        assert self.send(items[0], data) == 200

    def finalized(self, files: Mapping[str, bytes], **overrides: Any) -> dict[str, Any]:
        """A finalized package that holds `files`."""
        package_id = self.create(**overrides)
        self.upload(package_id, files)
        return self.show(self.finalize(package_id))

    def finalize(self, package_id: str, **expectations: Any) -> Answer:
        """Ask to finalize the package."""
        return self.api.post(f"/packages/{package_id}/finalize", expectations)

    def show(self, found: Answer | str) -> dict[str, Any]:
        """The package that an answer holds, or that has this id."""
        answer = self.api.get(f"/packages/{found}") if isinstance(found, str) else found
        shown: dict[str, Any] = answered(answer)
        return shown

    def pages(self, target: str, *, limit: int = 200) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        joint, cursor, items = "&" if "?" in target else "?", "", []
        while True:
            page = answered(self.api.get(f"{target}{joint}limit={limit}{cursor}"))
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={quote(page['next_cursor'])}"

    def files(self, package_id: str) -> dict[str, dict[str, Any]]:
        """Every file of a package, by path."""
        return {file["path"]: file for file in self.pages(f"/packages/{package_id}/files")}

    def chain(self, package_id: str) -> list[Event]:
        """Every event of a package, oldest first."""
        return [Event.model_validate(event) for event in self.pages(f"/packages/{package_id}/events")]

    def operation(self, operation_id: str) -> dict[str, Any]:
        """An operation as it stands."""
        shown: dict[str, Any] = answered(self.api.get(f"/operations/{operation_id}"))
        return shown

    def messages(self, queue: str = "packages") -> list[str]:
        """Take what is on the queue for this workspace; other tests' leavings are dropped."""
        return [body for body in self._taken(queue) if json.loads(body)["workspace"] == self.workspace]

    def everything(self, package_id: str) -> tuple[list[Any], list[Any]]:
        """What table and store have of a package, to be compared: items, and versions of objects."""
        items = [
            item.serialize()
            for item in queries.query_all(table.partition(self.workspace, "package", package_id))
        ]
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=self.folder(package_id))
        found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        return items, [(each["Key"], each["VersionId"]) for each in found]

    def keys(self, package_id: str) -> list[str]:
        """The keys of everything that storage has of a package, below its own prefix."""
        prefix = self.prefix(package_id)
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [found["Key"].removeprefix(prefix) for found in listed]

    def prefix(self, package_id: str) -> str:
        """Where storage keeps a package."""
        location: str = next(iter(self.files(package_id).values()))["storage"]["key"]
        return location.partition(package_id)[0] + f"{package_id}/"

    def folder(self, package_id: str) -> str:
        """Where storage keeps a package, whether or not it has files."""
        return f"{settings().namespace}/{self.workspace}/packages/{package_id}/"

    def _taken(self, queue: str) -> Iterator[str]:
        sqs, url = self._deployed.sqs, f"{self._deployed.resources.queue_url_prefix}{queue}"
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield message["Body"]


def answered(answer: Answer, status: int = 200) -> Any:
    """What the answer holds, when it has the expected status."""
    assert answer.status == status, (answer.status, answer.body)
    return answer.json


def declared(path: str, data: bytes, **overrides: Any) -> dict[str, Any]:
    """One file of a plan."""
    return {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} | overrides


def batches(files: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """`files` in as many plans as they need."""
    paths = list(files)
    for at in range(0, len(paths), PLAN_FILES):
        yield {path: files[path] for path in paths[at : at + PLAN_FILES]}


def deliver(*bodies: str, queue: str = "packages") -> list[str]:
    """Hand messages to the queue's worker as SQS does; the ids of those that it wants again."""
    event = ChaliceClient(app).events.generate_sqs_event(list(bodies), queue_name=queue)
    for number, record in enumerate(event["Records"]):
        record["messageId"] = f"message-{number}"
    answer = _run(f"{queue}_worker", event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def dispatch() -> int:
    """Run the scheduled dispatcher once; how many messages it sent."""
    return int(_on_schedule("dispatch_operations"))


def reconcile() -> dict[str, int]:
    """Run the scheduled sweep once, over every workspace; what it counted."""
    return dict(_on_schedule("reconcile_operations"))


def certify_on_schedule() -> dict[str, Any]:
    """Run the schedule of the store's certificate once; the certificate that it made, or none."""
    return dict(_on_schedule("certify_storage"))


def sweep_retention() -> int:
    """Run the schedule that queues retention sweeps once; how many workspaces had something due."""
    return int(_on_schedule("sweep_retention"))


def sweep_integrity() -> int:
    """Run the schedule that queues integrity sweeps once; how many workspaces had something due."""
    return int(_on_schedule("sweep_integrity"))


def _on_schedule(name: str) -> Any:
    event = ChaliceClient(app).events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
    return _run(name, event)


def _run(name: str, event: Any) -> Any:
    """Call a function with the time that the deployment gives it."""
    limits = Functions(app, ROOT).limits(name)
    context = LambdaContext(name, limits.memory_mb, max_runtime_ms=limits.timeout_s * 1000)
    return app.handler_map[name](event, context)
