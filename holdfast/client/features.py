"""Feature rows: the rows that hooks made, with their provenance."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from holdfast.api.features import FeaturePage, FeatureQuery, FeatureRow, ProvenRow
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse

LARGEST_PAGE = 200


class Features:
    """The calls under `/features`. Each raises `ApiError` for a refusal, `Unreachable` without an answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def rows(self, feature: str, **filters: Any) -> Iterator[ProvenRow | FeatureRow]:
        """Yield all rows that the fields of `FeatureQuery` select, the oldest run first, page by page.

        With `provenance=True` each row is a `ProvenRow`: hook, version, digest, config, source_ref and more.
        """
        query = check(FeatureQuery, {"limit": LARGEST_PAGE, **filters})
        params = query.model_dump(mode="json", exclude_none=True)
        for body in self._transport.pages(f"/features/{quote(feature, safe='')}", params):
            yield from parse(FeaturePage, body).items
