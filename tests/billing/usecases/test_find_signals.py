from collections.abc import Sequence
from decimal import Decimal

import pytest

from functions.billing.errors import InvalidInput, KeyNotLogged
from functions.billing.models.cost import COST_EVENT, Cost, cost_key
from functions.billing.models.segment import LogId, hash_key
from functions.billing.usecases import append_signals
from functions.billing.usecases.find_signals import MAX_CUSTOMERS, FindSignals, Found
from tests.builders import NOW, make_customer
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal

BETA = LogId(ORG, "cus_2")


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="beta"))
    return shop


def logged(shop: Shop, log: LogId, *keys: str, **fields: object) -> None:
    named = {"customer_id": log.customer_id, **fields} if "external_customer_id" not in fields else fields
    shop.append.append(log, delivered([make_signal(key, **named) for key in keys]), now=NOW)


def finder(shop: Shop, customer_ids: Sequence[str] = ("cus_2", "cus_1")) -> FindSignals:
    """`customer_ids` are those whose logs have signals."""
    return FindSignals(log=shop.log, customers=shop.customers, logs=lambda _, at_most: customer_ids[:at_most])


def whose(found: Found) -> list[str]:
    return [signal.customer_id for signal in found.signals]


def test_a_key_is_found_where_it_lies_among_others(shop: Shop) -> None:
    logged(shop, LOG, "a", "b")
    logged(shop, LOG, "c", "d", "e", event_name="call_made")

    found = finder(shop)(ORG, ["d"], customer_id="cus_1")

    assert found == Found("d", [shop.log.segments[LOG][1].signal(1)])


def test_a_key_is_looked_for_in_the_log_of_the_customer_named_only(shop: Shop) -> None:
    logged(shop, LOG, "a")
    logged(shop, BETA, "a")

    assert whose(finder(shop)(ORG, ["a"], customer_id="cus_1")) == ["cus_1"]
    assert whose(finder(shop)(ORG, ["a"], external_customer_id="beta")) == ["cus_2"]


def test_without_a_customer_everybody_who_used_the_key_is_found_who_came_last_first(shop: Shop) -> None:
    logged(shop, LOG, "a", "b")
    logged(shop, BETA, "a")

    assert whose(finder(shop)(ORG, ["a"])) == ["cus_2", "cus_1"]
    assert whose(finder(shop)(ORG, ["b"])) == ["cus_1"]


def test_no_more_logs_are_looked_through_than_a_caller_can_wait_for(shop: Shop) -> None:
    logged(shop, LOG, "a")
    most = ["cus_1", *(f"cus_x{number}" for number in range(1, MAX_CUSTOMERS))]

    assert whose(finder(shop, most)(ORG, ["a"])) == ["cus_1"]
    with pytest.raises(InvalidInput, match=f"at most {MAX_CUSTOMERS} customers' logs and there are more, expected"):
        finder(shop, [*most, "cus_y"])(ORG, ["a"])
    assert whose(finder(shop, [*most, "cus_y"])(ORG, ["a"], customer_id="cus_1")) == ["cus_1"]


@pytest.mark.parametrize("key", [str(number) for number in range(9)])
def test_a_key_is_found_in_whichever_shard_it_lies(shop: Shop, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that came before its shard was split, and that the children know by heart only."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", 2)
    for number in range(9):
        logged(shop, LOG, str(number))

    (signal,) = finder(shop)(ORG, [key], customer_id="cus_1").signals

    places = {
        entry.key_hash: segment.signal(index).id
        for segments in shop.log.segments.values()
        for segment in segments
        for index, entry in enumerate(segment.entries)
    }
    assert signal.id == places[hash_key(key)]
    assert len({place.split("-")[1] for place in places.values()}) > 2


def test_a_name_that_moved_finds_what_was_sent_under_it_at_whoever_had_it(shop: Shop) -> None:
    logged(shop, LOG, "old", external_customer_id="acme")
    logged(shop, LOG, "by another name", customer_id="cus_1")
    shop.customers.modify(ORG, "cus_1", lambda customer: customer.model_copy(update={"external_id": "acme-1"}))
    shop.customers.modify(ORG, "cus_2", lambda customer: customer.model_copy(update={"external_id": "acme"}))
    logged(shop, BETA, "new", external_customer_id="acme")

    find = finder(shop)
    assert whose(find(ORG, ["old"], external_customer_id="acme")) == ["cus_1"]
    assert whose(find(ORG, ["new"], external_customer_id="acme")) == ["cus_2"]
    assert whose(find(ORG, ["old"], external_customer_id="acme-1")) == ["cus_1"]
    with pytest.raises(KeyNotLogged):
        find(ORG, ["by another name"], external_customer_id="acme")


def test_of_several_forms_of_a_key_the_first_that_was_used_is_found(shop: Shop) -> None:
    logged(shop, LOG, "a", "a/", "b")

    find = finder(shop)
    assert find(ORG, ["a/", "a"]).idempotency_key == "a/"
    assert find(ORG, ["b/", "b"]).idempotency_key == "b"


def test_a_cost_is_no_signal(shop: Shop) -> None:
    logged(shop, LOG, cost_key("a"), event_name=COST_EVENT, data=Cost(Decimal(1), "USD").to_data())

    for key in ("a", cost_key("a")):
        with pytest.raises(KeyNotLogged):
            finder(shop)(ORG, [key], customer_id="cus_1")


@pytest.mark.parametrize(
    ("named", "whose_log"),
    [
        ({"customer_id": "cus_1"}, "of customer cus_1"),
        ({"customer_id": "cus_9"}, "of customer cus_9"),
        ({"external_customer_id": "acme"}, "of customer 'acme'"),
        ({"external_customer_id": "nobody"}, "of customer 'nobody'"),
        ({}, "of any customer"),
    ],
)
def test_a_key_that_is_not_in_the_log_may_be_on_its_way(shop: Shop, named: dict[str, str], whose_log: str) -> None:
    logged(shop, LOG, "other")

    with pytest.raises(KeyNotLogged) as refused:
        finder(shop)(ORG, ["a"], **named)

    assert refused.value.code == "NOT_FOUND"
    assert refused.value.sentence == (
        f"no signal with the idempotencyKey 'a' is in the log {whose_log}: one that was accepted a moment ago may "
        "still be on its way, and the answer to its request says whether it was refused"
    )
