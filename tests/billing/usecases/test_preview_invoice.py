from datetime import date, timedelta

import pytest

from functions.billing.errors import InvalidInput, NotFound, NothingToBill
from functions.billing.models.invoice import Invoice
from functions.billing.models.pricing import PricingModel
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.periods import midnight
from functions.billing.usecases.preview_invoice import MAX_DAYS_AHEAD
from tests.billing.prices import GRADUATED, in_cents
from tests.builders import (
    NOW,
    START,
    USAGE,
    make_attribute,
    make_contact,
    make_order,
    make_price,
    make_pricing,
)
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signals
from tests.fakes.taxes import FakeTaxes

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
DAYS = [START, JULY, AUGUST, SEPTEMBER]

FEE = make_attribute(make_pricing(price_points=(make_price(500_00),)))
EMAILS = make_attribute(make_pricing(USAGE, in_cents((2, "0.10", "0"), (None, "0.05", "1")), model=GRADUATED))
PERCENT = make_attribute(
    make_pricing(model=PricingModel.PERCENT_OF_TOTAL, percentage="7.5", price_points=()), id="ola_percent"
)
VAT = TaxDecision(rate=19, category=TaxCategory.STANDARD, country="DE")


def preview(shop: Shop, as_of: date | None = None, *, order_id: str = "ord_1") -> Invoice:
    return shop.preview(ORG, order_id, as_of=as_of, now=NOW)


def content(invoice: Invoice) -> dict[str, object]:
    """Of an invoice what does not depend on when it was made, and whether it was posted."""
    return invoice.model_dump(exclude={"number", "status", "posted_at", "created_at", "updated_at"})


def in_use(*, auto_post: bool) -> Shop:
    """June's e-mails have come, and some of July's."""
    shop = Shop(taxes=FakeTaxes(VAT))
    shop.contacts.insert(ORG, make_contact())
    shop.sell(
        make_order(
            FEE,
            EMAILS,
            PERCENT,
            auto_post_invoices=auto_post,
            payment_terms="Net 14",
            billing_contact_ids=("con_1",),
            purchase_order_reference="PO 7",
        )
    )
    shop.receive(*make_signals("12345"), *make_signals("678", occurred_at=midnight(JULY)))
    return shop


def late_for_june(shop: Shop) -> None:
    shop.append.append(LOG, delivered(make_signals("ab")), now=NOW)


@pytest.mark.parametrize("auto_post", [True, False])
@pytest.mark.parametrize("made", range(4))
@pytest.mark.parametrize("ahead", range(3))
def test_it_is_the_invoice_that_is_made_afterwards(*, auto_post: bool, made: int, ahead: int) -> None:
    """From each point of the year, the next invoice and those after it."""
    shop = in_use(auto_post=auto_post)
    for day in DAYS[:made]:
        shop.bill_until(day)
    if made > 1:
        late_for_june(shop)
    asked = ([*DAYS, date(2025, 10, 1), date(2025, 11, 1)])[made + ahead]

    shown = preview(shop, asked)
    shop.bill_until(asked)

    real = next(invoice for invoice in shop.register.of(ORG) if invoice.issue_date == asked)
    assert content(shown) == content(real)
    assert shown.status == "draft"
    assert shown.taxes


def test_without_a_day_it_is_the_first_that_is_not_made_yet() -> None:
    shop = in_use(auto_post=True)

    assert preview(shop).issue_date == START
    shop.bill_until(START)
    assert preview(shop).issue_date == JULY
    assert preview(shop, START).issue_date == JULY


def test_late_usage_is_on_it() -> None:
    shop = in_use(auto_post=True)
    shop.bill_until(JULY)
    shop.receive(*make_signals("ab"))

    shown = preview(shop)

    late = [line for line in shown.lines if line.is_late]
    assert [(line.billed_before, line.quantity) for line in late] == [(5, 7)]
    assert not [line for line in preview(shop, SEPTEMBER).lines if line.is_late]


def test_usage_that_nobody_rated_yet_is_on_it_and_nothing_is_stored() -> None:
    shop = in_use(auto_post=True)
    shop.append.append(LOG, delivered(make_signals("abc")), now=NOW)
    before = [dict(store) for store in (shop.checkpoints.stored, shop.schedules.stored, shop.register.stored)]

    shown = preview(shop, JULY)

    assert [line.quantity for line in shown.lines if line.charge_type is USAGE] == [5 + 3]
    assert [shop.checkpoints.stored, shop.schedules.stored, shop.register.stored] == before
    assert shop.document_queue.sent == []


def test_a_draft_is_shown_as_if_it_were_activated_now() -> None:
    shop = Shop()
    order = make_order(FEE, EMAILS, auto_post_invoices=True)
    shop.orders.insert(ORG, order)
    shop.receive(*make_signals("123"))

    shown = [preview(shop, day) for day in DAYS]

    assert shop.orders.get(ORG, order.id) == order
    assert shop.checkpoints.plans == {}
    shop.activate(ORG, order.id, now=NOW)
    shop.bill_until(SEPTEMBER)
    assert [content(invoice) for invoice in shown] == [content(invoice) for invoice in shop.register.of(ORG)]


def test_a_draft_that_begins_in_the_past_has_its_elapsed_periods_first() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(FEE, start=date(2025, 3, 15), auto_post_invoices=True))

    shown = [preview(shop, day) for day in (None, date(2025, 5, 15), date(2025, 6, 1))]

    assert [(i.issue_date.isoformat(), i.auto_post) for i in shown] == [
        ("2025-03-15", False),
        ("2025-05-15", True),
        ("2025-06-15", True),
    ]


def test_an_order_that_cannot_be_activated_cannot_be_previewed() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(FEE, currency="EUR"))

    with pytest.raises(InvalidInput, match="expected one that it has a price point in: USD"):
        preview(shop)


def test_an_invoice_that_a_crash_left_unmade_is_the_next_one() -> None:
    shop = in_use(auto_post=False)
    (made,) = shop.bill_until(START)
    del shop.register.stored[ORG, made.id]

    assert content(preview(shop)) == content(made)
    assert preview(shop, JULY).issue_date == JULY


def test_an_order_with_nothing_left_to_bill_says_so() -> None:
    shop = Shop()
    shop.sell(make_order(FEE, end=JULY))
    shop.bill_until(JULY)

    with pytest.raises(NothingToBill, match="order ord_1 has nothing to bill"):
        preview(shop)


def test_a_day_too_far_ahead_is_refused() -> None:
    shop = in_use(auto_post=True)
    latest = START + timedelta(days=MAX_DAYS_AHEAD)

    assert preview(shop, latest).issue_date >= latest
    with pytest.raises(InvalidInput, match=f"asOf is {latest + timedelta(days=1)}, expected no day after {latest}"):
        preview(shop, latest + timedelta(days=1))


def test_an_unknown_order_is_not_found_nor_one_whose_payer_is_gone() -> None:
    shop = in_use(auto_post=True)

    with pytest.raises(NotFound, match="order nothing was not found"):
        preview(shop, order_id="nothing")
    shop.customers.stored.clear()
    with pytest.raises(NotFound, match="payer of order ord_1 was not found"):
        preview(shop)
