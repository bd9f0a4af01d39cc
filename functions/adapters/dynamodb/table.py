"""The records table: the few operations that everything else is made of."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from functions.adapters.dynamodb.items import SCHEMAS, Item, key_item
from functions.adapters.dynamodb.keys import Key, can_be_partition
from functions.adapters.dynamodb.writes import SCHEMA_NAME, WITH_SCHEMA, put_revision
from functions.billing.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        BatchStatementRequestTypeDef,
        QueryInputPaginateTypeDef,
        TransactWriteItemTypeDef,
    )

SEQUENCE, KEY_USE, SPAN_MARKS = "Sequence", "KeyUse", "SpanMarks"

_CONFLICT_TRIES = 8
_BATCH = 100
_STATEMENTS = 25
_PAGE = 1000
"""Items of a query, of which DynamoDB sends a megabyte at a time anyhow."""
_CONDITION_CODES = {"ConditionalCheckFailed", "DuplicateItem"}


class ConditionsFailedError(Exception):
    """A write was refused; `failed` are the positions in the transaction whose conditions did not hold."""

    def __init__(self, failed: Sequence[int]) -> None:
        super().__init__(f"conditions failed at {list(failed)}")
        self.failed = tuple(failed)


class Records:
    """Reads are strongly consistent unless they go through the index, which has no other way."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self.table = table

    def get(self, key: Key) -> Item | None:
        if not key.can_exist:
            return None
        answer = self._client.get_item(TableName=self.table, Key=key_item(key), ConsistentRead=True)
        return answer.get("Item")

    def get_many(self, keys: Iterable[Key], *, fresh: bool = True) -> list[Item]:
        """Those of the items that exist, in no particular order; not `fresh` costs half and may be a moment old."""
        wanted = [key_item(key) for key in dict.fromkeys(keys) if key.can_exist]
        found: list[Item] = []
        while wanted:
            batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
            answer = self._client.batch_get_item(RequestItems={self.table: {"Keys": batch, "ConsistentRead": fresh}})
            found += answer["Responses"].get(self.table, [])
            unread = answer["UnprocessedKeys"].get(self.table)
            wanted += [dict(key) for key in unread["Keys"]] if unread else []
        return found

    def query(self, partition: str, *, after: str | None = None) -> Iterator[Item]:
        """The items of a partition in the order of their sort keys, of those that follow `after` if it is given."""
        query: QueryInputPaginateTypeDef = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": True,
        }
        if after is not None:
            query["KeyConditionExpression"] = "pk = :partition AND sk > :after"
            query["ExpressionAttributeValues"] = {":partition": {"S": partition}, ":after": {"S": after}}
        yield from self._pages(query)

    def last(self, partition: str) -> Item | None:
        """The item of a partition that sorts last."""
        answer = self._client.query(
            TableName=self.table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
        )
        return answer["Items"][0] if answer["Items"] else None

    def newest(self, partition: str, *, limit: int) -> Iterator[Item]:
        """At most so many items of a partition, from the one that sorts last; what is read is rounded up to a page."""
        query: QueryInputPaginateTypeDef = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "PaginationConfig": {"MaxItems": limit, "PageSize": min(limit, _PAGE)},
        }
        yield from self._pages(query)

    def count(self, partition: str) -> int:
        """The items of a partition, which stay where they are; it costs what reading them does."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            ConsistentRead=True,
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    def query_owner(self, owner: str) -> Iterator[Item]:
        """What belongs to `owner`, eventually consistent: a new item may take a moment to appear."""
        if not can_be_partition(owner):
            return
        yield from self._pages(
            {
                "TableName": self.table,
                "IndexName": "by_owner",
                "KeyConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": {"S": owner}},
            }
        )

    def put(self, item: Item, *, replaces: int) -> None:
        """Puts the item in the place of revision `replaces`, 0 for none; waits for a transaction that holds it.

        Raises:
            ConditionsFailedError: another revision is there.
            Busy: others kept writing the same item.
        """
        for attempt in range(_CONFLICT_TRIES):
            try:
                self._client.put_item(**put_revision(self.table, item, replaces=replaces)["Put"])
            except self._client.exceptions.ConditionalCheckFailedException:
                raise ConditionsFailedError([0]) from None
            except self._client.exceptions.TransactionConflictException:
                _pause(attempt)
            else:
                return
        raise Busy("the same thing is being changed by others, try again")

    def next_number(self, key: Key) -> int:
        """Takes the next number of a sequence in which gaps do not matter."""
        answer = self._client.update_item(
            TableName=self.table,
            Key=key_item(key),
            UpdateExpression=f"SET {WITH_SCHEMA} ADD latest :one",
            ExpressionAttributeNames=SCHEMA_NAME,
            ExpressionAttributeValues={":one": {"N": "1"}, ":schema": SCHEMAS.attribute(SEQUENCE)},
            ReturnValues="ALL_NEW",
        )
        SCHEMAS.number(SEQUENCE, answer["Attributes"])
        return int(answer["Attributes"]["latest"]["N"])

    def move_forward(self, key: Key, attribute: str, value: str, *, from_below: str) -> None:
        """Sets a text that only grows, in an item that need not exist, where it is missing or below `from_below`."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self.table,
                Key=key_item(key),
                UpdateExpression=f"SET #attribute = :value, {WITH_SCHEMA}",
                ConditionExpression="attribute_not_exists(#attribute) OR #attribute < :from_below",
                ExpressionAttributeNames={"#attribute": attribute, **SCHEMA_NAME},
                ExpressionAttributeValues={
                    ":value": {"S": value},
                    ":schema": SCHEMAS.attribute(KEY_USE),
                    ":from_below": {"S": from_below},
                },
            )

    def add_mark(self, key: Key, side: str, mark: str, *, unless: tuple[str, Set[str]], at_most: int) -> Set[str]:
        """Adds to a set of texts in an item that need not exist, unless that is full or another has one of some.

        If nothing was added, it answers that other set.
        """
        other, unwanted = unless
        values = {f":unwanted{place}": {"S": each} for place, each in enumerate(sorted(unwanted))}
        is_free = [f"(attribute_not_exists(#other) OR NOT contains(#other, {name}))" for name in values]
        try:
            self._client.update_item(
                TableName=self.table,
                Key=key_item(key),
                UpdateExpression=f"SET {WITH_SCHEMA} ADD #side :mark",
                ConditionExpression=" AND ".join(["(attribute_not_exists(#side) OR size(#side) < :most)", *is_free]),
                ExpressionAttributeNames={"#side": side, **({"#other": other} if is_free else {}), **SCHEMA_NAME},
                ExpressionAttributeValues={
                    ":mark": {"SS": [mark]},
                    ":most": {"N": str(at_most)},
                    ":schema": SCHEMAS.attribute(SPAN_MARKS),
                    **values,
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            there = cast("dict[str, Item]", error.response)["Item"]
            SCHEMAS.number(SPAN_MARKS, there)
            return set(there.get(other, {}).get("SS", ()))
        return set()

    def transact(self, writes: "Sequence[TransactWriteItemTypeDef]") -> None:
        """All of the writes or none; a conflict with another transaction is waited out.

        Raises:
            ConditionsFailedError: a condition did not hold.
            Busy: others kept writing the same items.
        """
        for attempt in range(_CONFLICT_TRIES):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                failed = [i for i, code in enumerate(reasons) if code == "ConditionalCheckFailed"]
                if failed:
                    raise ConditionsFailedError(failed) from None
                if "TransactionConflict" not in reasons:
                    raise
                _pause(attempt)
            else:
                return
        raise Busy("the same things are being changed by others, try again")

    def execute(self, statements: "Sequence[BatchStatementRequestTypeDef]") -> list[str | None]:
        """Each statement by itself (see `writes`): per statement None, or the code of the condition that failed.

        Raises Busy when some were not done for another reason; the rest has taken effect.
        """
        outcomes: dict[int, str | None] = {}
        waiting = list(range(len(statements)))
        for attempt in range(_CONFLICT_TRIES):
            for start in range(0, len(waiting), _STATEMENTS):
                places = waiting[start : start + _STATEMENTS]
                answer = self._client.batch_execute_statement(Statements=[statements[place] for place in places])
                codes = (response.get("Error", {}).get("Code") for response in answer["Responses"])
                outcomes.update(zip(places, codes, strict=True))
            waiting = [place for place, code in outcomes.items() if code == "TransactionConflict"]
            if not waiting:
                break
            _pause(attempt)
        others = {code for code in outcomes.values() if code is not None} - _CONDITION_CODES
        if others:
            raise Busy(f"some writes were not done ({', '.join(sorted(others))}), try again")
        return [outcomes[place] for place in range(len(statements))]

    def _pages(self, query: "QueryInputPaginateTypeDef") -> Iterator[Item]:
        for page in self._client.get_paginator("query").paginate(**query):
            yield from page["Items"]


def _pause(attempt: int) -> None:
    """Waits a random part of 10, 20, 40 ... ms, so that those who collided do not collide again."""
    time.sleep(random.random() * 0.01 * 2**attempt)  # noqa: S311 - chance, not secrecy
