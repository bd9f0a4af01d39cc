"""Entities as items."""

import random
from datetime import UTC, datetime

import pytest

from functions.adapters.dynamodb.items import item_of, value_of
from functions.adapters.dynamodb.keys import Key
from functions.billing.errors import TooLarge
from functions.billing.models.product import Product

KEY = Key("org_1#product", "prod_1")


def product_of_bytes(count: int) -> Product:
    """A product that cannot be compressed below `count` bytes."""
    noise = random.Random(1).randbytes(count).hex()  # noqa: S311 - the same at every run
    now = datetime(2025, 6, 1, tzinfo=UTC)
    return Product(id="prod_1", name="AI SDR", description=noise, created_at=now, updated_at=now)


def test_a_large_entity_is_read_as_it_was_written() -> None:
    product = product_of_bytes(300_000)

    assert value_of(item_of(KEY, product, revision=1), Product) == product


def test_an_entity_that_no_item_can_hold_is_refused_with_its_size() -> None:
    with pytest.raises(TooLarge, match=r"the product would take \d+ bytes, expected at most 395000"):
        item_of(KEY, product_of_bytes(400_000), revision=1)


@pytest.mark.parametrize(
    ("key", "can_exist"),
    [
        (Key("p", ""), False),
        (Key("p", "x"), True),
        (Key("p", "é" * 512), True),
        (Key("p", "é" * 512 + "x"), False),
        (Key("p" * 2048, "x"), True),
        (Key("p" * 2049, "x"), False),
    ],
)
def test_a_key_is_counted_in_bytes(key: Key, *, can_exist: bool) -> None:
    assert key.can_exist is can_exist
