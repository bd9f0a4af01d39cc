from datetime import date

import pytest

from functions.billing.models.order import Order
from functions.billing.models.segment import Segment
from functions.billing.models.usage import Checkpoint
from functions.billing.usecases.peek_ratings import SEGMENTS_PER_STEP
from tests.builders import NOW, START, USAGE, make_attribute, make_entry, make_order, make_pricing
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signals

EMAILS = make_attribute(make_pricing(USAGE))


def peeked(shop: Shop, as_if_active: Order | None = None) -> Checkpoint:
    return shop.peek(ORG, [LOG.customer_id], as_if_active=as_if_active)[LOG.customer_id][0]


@pytest.mark.parametrize("count", [0, 1, SEGMENTS_PER_STEP - 1, SEGMENTS_PER_STEP, SEGMENTS_PER_STEP + 1, 250])
def test_it_finds_what_the_rating_would_store_however_long_the_log(count: int) -> None:
    shop = Shop()
    shop.sell(make_order(EMAILS))
    for number in range(1, count + 1):
        shop.log.append(Segment(log=LOG, number=number, cumulative=number, logged_at=NOW, entries=(make_entry(),)))

    found = shop.peek(ORG, [LOG.customer_id])[LOG.customer_id]

    assert shop.checkpoints.stored == {}
    assert found == shop.rate(ORG, LOG.customer_id)
    assert found[0].rated_through == count


def test_it_goes_on_from_where_the_rating_is() -> None:
    shop = Shop()
    shop.sell(make_order(EMAILS))
    shop.receive(*make_signals("12"))
    stored = dict(shop.checkpoints.stored)
    shop.append.append(LOG, delivered(make_signals("3")), now=NOW)

    assert peeked(shop).usage == {EMAILS.id: {START: 3}}
    assert shop.checkpoints.stored == stored


def test_a_draft_counts_what_it_would_count_if_it_were_active() -> None:
    shop = Shop()
    shop.receive(*make_signals("12"))
    draft = make_order(EMAILS)

    assert peeked(shop).usage == {}
    assert peeked(shop, draft).usage == {EMAILS.id: {START: 2}}
    assert shop.sell(draft).id == draft.id
    assert shop.rate(ORG, LOG.customer_id)[0].usage == {EMAILS.id: {START: 2}}


def test_a_draft_leaves_an_active_order_what_that_counts_already() -> None:
    shop = Shop()
    shop.sell(make_order(EMAILS))
    shop.receive(*make_signals("12"))
    rival = make_order(make_attribute(make_pricing(USAGE), id="ola_rival"), id="ord_2", start=date(2025, 5, 1))

    assert peeked(shop, rival).usage == {EMAILS.id: {START: 2}}


def test_a_customer_without_signals_has_an_empty_checkpoint() -> None:
    assert Shop().peek(ORG, ["cus_nobody"]) == {"cus_nobody": {0: Checkpoint()}}


def test_a_draft_changes_nothing_for_another_customer() -> None:
    shop = Shop()
    shop.receive(*make_signals("12"))
    foreign = make_order(EMAILS, customer_id="cus_2")

    assert peeked(shop, foreign).usage == {}
