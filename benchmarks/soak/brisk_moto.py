"""moto for a million calls: it answers the same, and does not look where nothing can be.

A query reads its partition and not the whole table; the names of a class's methods are looked up once; what moto
answers from plain dictionaries is not searched for under other names; and streams, which nobody here reads, stay empty.
A query's pages can be made small: in DynamoDB they end at a megabyte, and with some items a page much more can happen
between two of them.
"""

# ruff: noqa: ANN401 - moto has no types for what is passed through here

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from moto.core import responses, serialize
from moto.core.utils import method_names_from_class
from moto.dynamodb.models.table import StreamShard, Table

_SIGNATURE = inspect.signature(Table.query)


@contextmanager
def brisk() -> Iterator[None]:
    """While this is open, moto is."""
    whole_table = Table.query

    def query(*arguments: Any, **named: Any) -> Any:
        call = _SIGNATURE.bind(*arguments, **named)
        table, hash_key = call.arguments["self"], call.arguments["hash_key"]
        everything = table.items
        if call.arguments.get("index_name") is None:
            table.items = {hash_key: everything[hash_key]} if hash_key in everything else {}
        try:
            return whole_table(*call.args, **call.kwargs)
        finally:
            table.items = everything

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "query", query)
        patch.setattr(StreamShard, "add", lambda *_: None)
        patch.setattr(responses, "method_names_from_class", cache(method_names_from_class))
        patch.setattr(serialize, "DEFAULT_ALIAS_PROVIDERS", [serialize.ExplicitAlias, serialize.NoAlias])
        yield


@contextmanager
def with_pages_of(items: int) -> Iterator[None]:
    """While this is open, no page of a query has more items than that."""
    whole_page = Table.query

    def query(*arguments: Any, **named: Any) -> Any:
        call = _SIGNATURE.bind(*arguments, **named)
        call.arguments["limit"] = min(call.arguments["limit"] or items, items)
        return whole_page(*call.args, **call.kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "query", query)
        yield
