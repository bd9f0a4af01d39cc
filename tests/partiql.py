"""Teaches moto the two statements that the adapters send: of PartiQL with parameters it understands too little.

ministack runs the same statements through a parser of its own: see the contract suite.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType

Attributes = dict[str, Any]

_INSERT = re.compile(r"""INSERT INTO "(?P<table>[^"]+)" VALUE \{(?P<fields>.*)\}""")
_UPDATE = re.compile(
    r"""UPDATE "(?P<table>[^"]+)" (?P<sets>SET .*) WHERE "pk" = \? AND "sk" = \? AND "revision" = \?"""
)


@contextmanager
def understood() -> Iterator[None]:
    """moto runs batches of these statements while this is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoDBBackend, "batch_execute_statement", _batch)
        yield


def _batch(backend: Any, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_run(backend, each["Statement"], each["Parameters"]) for each in statements]


def _run(backend: Any, statement: str, parameters: list[Any]) -> dict[str, Any]:
    if match := _INSERT.fullmatch(statement):
        names = re.findall(r"'(\w+)': \?", match["fields"])
        item = dict(zip(names, parameters, strict=True))
        return _put(backend.tables[match["table"]], item, None)
    if match := _UPDATE.fullmatch(statement):
        names = re.findall(r'SET "(\w+)" = \?', match["sets"])
        fields = dict(zip(names, parameters, strict=False))
        pk, sk, revision = parameters[len(names) :]
        return _put(backend.tables[match["table"]], {"pk": pk, "sk": sk, **fields}, revision)
    raise ValueError(f"moto was not taught {statement!r}")


def _put(table: Any, item: Attributes, revision: Attributes | None) -> dict[str, Any]:
    """Puts the item where `revision` is, None for none; an update keeps the attributes that it does not name."""
    found = table.get_item(DynamoType(item["pk"]), DynamoType(item["sk"]))
    before: Attributes = {} if found is None else found.to_json()["Attributes"]
    if revision is None and before:
        return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
    if revision is not None and before.get("revision") != revision:
        return {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}
    table.put_item({**before, **item})
    return {"TableName": table.name}
