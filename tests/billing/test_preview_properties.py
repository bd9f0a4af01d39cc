"""The law of previews: what is shown is what is made, if nothing changes in between, and showing it stores nothing."""

import copy
from contextlib import suppress
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import NothingToBill
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.periods import midnight
from tests.billing.strategies import EVENTS, HORIZON, law, orders
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal
from tests.fakes.taxes import FakeTaxes

FIRST, LAST = date(2025, 1, 1), date(2026, 6, 1)
VAT = TaxDecision(rate=19, category=TaxCategory.STANDARD, country="DE")

sent = st.lists(st.tuples(st.sampled_from(EVENTS), st.dates(FIRST, LAST)), max_size=12)


def content(invoice: Invoice) -> dict[str, object]:
    """Of an invoice what does not depend on when it was made, and whether it was posted."""
    return invoice.model_dump(exclude={"number", "status", "posted_at", "created_at", "updated_at"})


def stored(shop: Shop) -> object:
    return copy.deepcopy((shop.register.stored, shop.register.numbered, shop.schedules.stored, shop.checkpoints.stored))


@settings(law, max_examples=60)
@given(orders(), sent, sent, st.dates(FIRST, LAST), st.integers(0, 400), st.booleans())
def test_a_preview_is_the_invoice_that_is_made_afterwards(
    order: Order,
    early: list[tuple[str, date]],
    late: list[tuple[str, date]],
    billed_until: date,
    days_ahead: int,
    auto_post: bool,  # noqa: FBT001 - hypothesis hands it over by position
) -> None:
    """Some signals come before the last billing, some after it and perhaps late; posted or left as drafts."""
    shop = Shop(taxes=FakeTaxes(VAT))
    sold = order.model_copy(update={"auto_post_invoices": auto_post})
    shop.sell(sold, on=midnight(FIRST))
    receive(shop, early, "early")
    shop.bill_until(billed_until)
    receive(shop, late, "late")
    as_of, before = billed_until + timedelta(days=days_ahead), stored(shop)

    shown = None
    with suppress(NothingToBill):
        shown = shop.preview(ORG, order.id, as_of=as_of, now=midnight(billed_until))

    assert stored(shop) == before
    known = {invoice.id for invoice in shop.register.of(ORG)}
    shop.bill_until(HORIZON if shown is None else shown.issue_date)
    made = [i for i in shop.register.of(ORG) if i.id not in known and i.issue_date >= as_of]
    assert [content(invoice) for invoice in made] == ([] if shown is None else [content(shown)])


def receive(shop: Shop, signals: list[tuple[str, date]], name: str) -> None:
    shop.append.append(
        LOG,
        delivered(
            make_signal(f"{name} {number}", event_name=event, occurred_at=midnight(day))
            for number, (event, day) in enumerate(signals)
        ),
        now=midnight(FIRST),
    )
