"""What happens to stored bytes behind the service's back, and a sweep that looks at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.served import Served, answered, deliver
from tests.support.wire import listening, lost


def key_of(served: Served, package_id: str, path: str) -> str:
    """Where the store keeps a file's bytes."""
    key: str = served.files(package_id)[path]["storage"]["key"]
    return key


def overwrite(served: Served, package_id: str, path: str, data: bytes) -> None:
    """Put other bytes where a file's bytes are."""
    served.s3.put_object(Bucket=served.bucket, Key=key_of(served, package_id, path), Body=data)


def remove(served: Served, package_id: str, path: str) -> None:
    """Take a file's bytes away."""
    served.s3.delete_object(Bucket=served.bucket, Key=key_of(served, package_id, path))


@contextmanager
def unreadable(key: str) -> Iterator[None]:
    """Let the store fail for one object, after all of the client's own retries."""

    def fail(params: dict[str, Any], **_: Any) -> None:
        if params["url_path"].endswith(key):
            raise lost()

    with listening("before-call.s3.GetObject", fail):
        yield


def ask_for_sweep(served: Served, **body: Any) -> str:
    """Ask for a sweep; the operation's id."""
    return str(answered(served.api.post("/integrity/sweep", body), 202)["operation_id"])


def perform_sweeps(served: Served) -> None:
    """Let the worker do what is queued."""
    while messages := served.messages("sweeps"):
        assert deliver(*messages, queue="sweeps") == []


def swept(served: Served, **body: Any) -> dict[str, Any]:
    """Ask for a sweep and let the worker do it; the operation as it ended."""
    operation_id = ask_for_sweep(served, **body)
    perform_sweeps(served)
    return served.operation(operation_id)


def counts(operation: dict[str, Any]) -> dict[str, int]:
    """What a sweep counted, without what it counted none of."""
    return {name: count for name, count in operation["summary_counts"].items() if count}


def checks(served: Served, package_id: str) -> list[dict[str, Any]]:
    """What the package's chain tells of its checks, oldest first."""
    events = served.chain(package_id)
    return [event.payload or {} for event in events if event.action == "packages:package:verified"]
