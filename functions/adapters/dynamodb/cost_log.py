"""Costs found again by the index by_time: it says of each segment what it holds, and those with costs are opened."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import header_of, segment_of
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import Segment
from functions.billing.models.unpriced import CostSegments, Place

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_HEADERS = 5_000
"""Of segments that are looked at in one request: some megabytes of the index."""

MOST_SEGMENTS = 50
"""Of those that are opened in one request: each is up to 300 KB, and ten times that in memory."""


class DynamoCostLog:
    """Fulfils `CostLog`."""

    def __init__(
        self, client: "DynamoDBClient", table: str, *, headers: int = MOST_HEADERS, segments: int = MOST_SEGMENTS
    ) -> None:
        self._client = client
        self._table = table
        self._most_headers = headers
        self._most_segments = segments

    def segments(self, organization_id: str, customer_id: str | None, *, before: Place | None) -> CostSegments:
        items, next_place = self._found(organization_id, customer_id, before)
        opened = self._opened(items)
        return CostSegments([(item["appended"]["S"], opened[_place(item)]) for item in items], next_place)

    def _found(
        self, organization_id: str, customer_id: str | None, before: Place | None
    ) -> tuple[list[Item], Place | None]:
        """The headers of segments that hold costs, and where to go on."""
        found: list[Item] = []
        for looked_at, item in enumerate(self._headers(organization_id, before), 1):
            header = header_of(item)
            is_theirs = customer_id in {None, header.log.customer_id}
            if is_theirs and any(tally.event_name == COST_EVENT for tally in header.tallies):
                found.append(item)
            if looked_at == self._most_headers or len(found) == self._most_segments:
                return found, Place(item["appended"]["S"], 0)
        return found, None

    def _headers(self, organization_id: str, before: Place | None) -> Iterator[Item]:
        bound = "" if before is None else " AND appended <= :before"
        values: Item = {":organization": {"S": organization_id}}
        if before is not None:
            values[":before"] = {"S": before.moment}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_time",
            KeyConditionExpression=f"organization = :organization{bound}",
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
        )
        for page in pages:
            for item in page["Items"]:
                if before is None or before.index > 0 or item["appended"]["S"] != before.moment:
                    yield item

    def _opened(self, items: Iterable[Item]) -> dict[tuple[str, str], Segment]:
        found: dict[tuple[str, str], Segment] = {}
        wanted: list[Item] = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
        while wanted:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}})
            found |= {_place(item): segment_of(item) for item in answer["Responses"].get(self._table, [])}
            unread = answer["UnprocessedKeys"].get(self._table)
            wanted = [dict(key) for key in unread["Keys"]] if unread else []
        return found


def _place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["N"]
