"""A table in memory that stands behind botocore's clients: the calls of ours, with their conditions.

It answers at the event `before-call`, so everything of ours and of pynamodb and botocore above the
wire runs as it is. It is atomic between threads. `test_memory.py` holds it against ministack.
"""

import base64
import json
import threading
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.support.faults.expressions import Image, Part, Value, Words, holds, parse, resolve

Answer = tuple[SimpleNamespace, dict[str, Any]]
Place = tuple[str, str]

INDEXES = ("by_time", "by_ref", "due")
PROJECTED = ("pk", "sk", "kind", "facets")
MAX_ITEM_BYTES = 400 * 1024
MAX_KEY_BYTES = {"pk": 2048, "sk": 1024}
MAX_WRITES = 100
REMEMBERED_TOKENS = 10_000
HIGHEST = "\U0010ffff"


class Refused(Exception):
    """An answer that is an error: its code, its sentence, and a transaction's reasons."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer: dict[str, Any] = {"Error": {"Code": code, "Message": message}, **more}


class Row(NamedTuple):
    """An item in a partition of the table or of an index, where its sort key puts it."""

    sort: str
    pk: str
    sk: str


class MemoryTable:
    """One table. `calls` counts requests by operation, `rows_read` the items that they looked at."""

    def __init__(self) -> None:
        self.items: dict[Place, dict[str, Value]] = {}
        self.calls: Counter[str] = Counter()
        self.rows_read = 0
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._tokens: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.RLock()
        self._answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "Query": self._query,
            "TransactWriteItems": self._transact,
        }

    def answer(self, operation: str, body: bytes) -> Answer:
        """What the engine answers to one request."""
        with self._lock:
            self.calls[operation] += 1
            try:
                return _http(HTTPStatus.OK), self._answers[operation](json.loads(body))
            except Refused as refused:
                return _http(HTTPStatus.BAD_REQUEST), refused.answer

    def under(self, pk: str) -> list[dict[str, Value]]:
        """Every item of a partition, in order, as a client reads it."""
        return [_parsed(self.items[row.pk, row.sk]) for row in self._rows["", pk]]

    def of_kind(self, kind: str) -> list[dict[str, Value]]:
        """Every item of a kind, as a client reads it."""
        return [_parsed(item) for item in self.items.values() if item["kind"]["S"] == kind]

    def _get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.rows_read += 1
        found = self.items.get(_place(wanted["Key"]))
        return {"Item": _parsed(found)} if found else {}

    def _batch_get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, asked in wanted["RequestItems"].items():
            self.rows_read += len(asked["Keys"])
            items = [self.items.get(_place(key)) for key in asked["Keys"]]
            found[name] = [_parsed(item) for item in items if item]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _query(self, wanted: dict[str, Any]) -> dict[str, Any]:
        words, index = _words(wanted), wanted.get("IndexName", "")
        where = parse(wanted["FilterExpression"]) if "FilterExpression" in wanted else None
        rows = self._selected(wanted, words, index)
        limit = wanted.get("Limit", len(rows) + 1)
        read = [self.items[row.pk, row.sk] for row in rows[:limit]]
        self.rows_read += len(read)
        found = [item for item in read if where is None or holds(where, item, words)]
        answer = {"Items": [_parsed(_projected(item, index)) for item in found], "Count": len(found)}
        # like DynamoDB: a full page names its last key, even when nothing follows
        return answer | ({"LastEvaluatedKey": _position(read[-1], index)} if len(read) == limit else {})

    def _selected(self, wanted: dict[str, Any], words: Words, index: str) -> list[Row]:
        condition = parse(wanted["KeyConditionExpression"])
        pk, low, high = _bounds(condition, words)
        kept = self._rows.get((index, pk), [])
        rows = kept[bisect_left(kept, Row(low, "", "")) : bisect_right(kept, Row(high, HIGHEST, HIGHEST))]
        rows = [row for row in rows if holds(condition, self.items[row.pk, row.sk], words)]
        forward = wanted.get("ScanIndexForward", True)
        start = wanted.get("ExclusiveStartKey")
        if start:
            after = _row(start, index)
            rows = [row for row in rows if (row > after if forward else row < after)]
        return rows if forward else rows[::-1]

    def _transact(self, wanted: dict[str, Any]) -> dict[str, Any]:
        writes = [next(iter(write.items())) for write in wanted["TransactItems"]]
        token = wanted["ClientRequestToken"]
        if token in self._tokens:
            if self._tokens[token] != writes:
                raise Refused("IdempotentParameterMismatchException", "The token was used for another write.")
            return {}
        _validate(writes)
        reasons = [_reason(write, self.items.get(_place_of(write))) for _, write in writes]
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused(
                "TransactionCanceledException", "Transaction cancelled.", CancellationReasons=reasons
            )
        for verb, write in writes:
            self._apply(verb, write)
        self._remember(token, writes)
        return {}

    def _apply(self, verb: str, write: dict[str, Any]) -> None:
        place = _place_of(write)
        if verb == "ConditionCheck":
            return
        before = self.items.pop(place, None)
        for index, pk, row in _listed(before):
            kept = self._rows[index, pk]
            del kept[bisect_left(kept, row)]
        if verb == "Put":
            self.items[place] = write["Item"]
            for index, pk, row in _listed(write["Item"]):
                insort(self._rows[index, pk], row)

    def _remember(self, token: str, writes: Any) -> None:
        self._tokens[token] = writes
        if len(self._tokens) > REMEMBERED_TOKENS:
            self._tokens.popitem(last=False)


def _listed(item: Image | None) -> Iterator[tuple[str, str, Row]]:
    """The partitions, of the table and of its sparse indexes, that an item is in."""
    if item is None:
        return
    place = item["pk"]["S"], item["sk"]["S"]
    yield "", place[0], Row(place[1], *place)
    for index in INDEXES:
        if f"{index}_pk" in item and f"{index}_sk" in item:
            yield index, item[f"{index}_pk"]["S"], Row(item[f"{index}_sk"]["S"], *place)


def _row(key: Image, index: str) -> Row:
    return next(row for name, _, row in _listed(key) if name == index)


def _position(item: Image, index: str) -> dict[str, Value]:
    names = ("pk", "sk", f"{index}_pk", f"{index}_sk") if index else ("pk", "sk")
    return {name: item[name] for name in names}


def _bounds(condition: Part, words: Words) -> tuple[str, str, str]:
    """The partition of a key condition, and the lowest and highest sort key that it can mean."""
    parts = list(condition.arguments) if condition.verb == "AND" else [condition]
    pk = str((resolve(parts[0].arguments[1], None, words) or {})["S"])
    if len(parts) == 1:
        return pk, "", HIGHEST
    values = [str((resolve(operand, None, words) or {})["S"]) for operand in parts[1].arguments[1:]]
    low, high = values[0], values[-1]
    if parts[1].verb == "begins_with":
        return pk, low, low + HIGHEST
    return pk, "" if parts[1].verb in {"<", "<="} else low, HIGHEST if parts[1].verb in {">", ">="} else high


def _reason(write: dict[str, Any], item: Image | None) -> dict[str, str]:
    condition = write.get("ConditionExpression")
    if condition is None or holds(parse(condition), item, _words(write)):
        return {"Code": "None"}
    return {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


def _validate(writes: list[tuple[str, dict[str, Any]]]) -> None:
    places = [_place_of(write) for _, write in writes]
    if len(set(places)) != len(places):
        raise Refused(
            "ValidationException", "Transaction request cannot include multiple operations on one item"
        )
    if len(writes) > MAX_WRITES:
        raise Refused("ValidationException", "Member must have length less than or equal to 100")
    for _, write in writes:
        if _size(write.get("Item", {})) > MAX_ITEM_BYTES:
            raise Refused("ValidationException", "Item size has exceeded the maximum allowed size")


def _size(item: Image) -> int:
    binary = [base64.b64decode(value["B"]) for value in item.values() if "B" in value]
    other = {name: value for name, value in item.items() if "B" not in value}
    return len(json.dumps(other, ensure_ascii=False).encode()) + sum(map(len, binary))


def _place_of(write: dict[str, Any]) -> Place:
    return _place(write.get("Key") or write["Item"])


def _place(key: Image) -> Place:
    for name, most in MAX_KEY_BYTES.items():
        size = len(key[name]["S"].encode())
        if not 0 < size <= most:
            raise Refused("ValidationException", f"Size of {name} must be between 1 and {most}, not {size}")
    return key["pk"]["S"], key["sk"]["S"]


def _words(wanted: dict[str, Any]) -> Words:
    return Words(wanted.get("ExpressionAttributeNames", {}), wanted.get("ExpressionAttributeValues", {}))


def _projected(item: Image, index: str) -> Image:
    if not index:
        return item
    names = (*PROJECTED, f"{index}_pk", f"{index}_sk")
    return {name: item[name] for name in names if name in item}


def _parsed(item: Image) -> dict[str, Value]:
    """An item as botocore's parser gives it: bytes where the wire has base64."""
    return {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()
    }


def _http(status: HTTPStatus) -> SimpleNamespace:
    return SimpleNamespace(status_code=status.value, headers={})
