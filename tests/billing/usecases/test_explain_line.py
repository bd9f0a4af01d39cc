from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.errors import NotFound
from functions.billing.invoicing.explanation import Explanation
from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import PricingModel
from functions.billing.models.segment import Segment
from functions.billing.money import COST_DIGITS
from functions.billing.periods import midnight
from functions.billing.usecases import append_signals
from functions.billing.usecases.explain_line import SEGMENTS_PER_READ
from tests.builders import NOW, START, USAGE, make_attribute, make_entry, make_order, make_price, make_pricing
from tests.fakes.shop import LOG, ORG, Shop, make_signals

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
FEE = make_attribute(make_pricing(price_points=(make_price(500_00),)))
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
MARGIN = make_attribute(
    make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=2, price_points=(), event_name=None), id="ola_margin"
)
PERCENT = make_attribute(
    make_pricing(model=PricingModel.PERCENT_OF_TOTAL, percentage=10, price_points=()), id="ola_percent"
)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def sold(*attributes: OrderLineAttribute) -> Order:
    return make_order(*attributes, auto_post_invoices=True)


def explained(shop: Shop, day: date, attribute_id: str = EMAILS.id, *, is_late: bool = False) -> Explanation:
    invoice = next(invoice for invoice in shop.register.of(ORG) if invoice.issue_date == day)
    line = next(
        line for line in invoice.lines if line.order_line_attribute_id == attribute_id and line.is_late == is_late
    )
    return shop.explain(ORG, invoice.id, line.id)


def signal_id(segment: int, index: int) -> str:
    return f"sig_1-0-{segment}-{index}"


def ends(explanation: Explanation) -> tuple[str | None, str | None]:
    assert explanation.signals is not None
    first, last = explanation.signals.first, explanation.signals.last
    return (None if first is None else first.id), (None if last is None else last.id)


def test_a_usage_line_names_the_signals_that_it_counts(shop: Shop) -> None:
    shop.sell(sold(FEE, EMAILS))
    shop.receive(*make_signals("12"))
    shop.receive(*make_signals("3", occurred_at=NOW + timedelta(days=3)), *make_signals("4", event_name="other"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("5"))

    explanation = explained(shop, JULY)

    assert explanation.signals is not None
    assert (explanation.signals.count, explanation.signals.found) == (3, 3)
    assert ends(explanation) == (signal_id(1, 0), signal_id(2, 0))
    assert explanation.invoice.log_positions == {0: 2}
    assert explanation.signals_note is None


def test_only_usage_has_signals(shop: Shop) -> None:
    shop.sell(sold(FEE, EMAILS))
    shop.bill_until(JULY)

    assert explained(shop, START, FEE.id).signals is None


def test_a_line_of_what_is_due_at_least_may_have_no_signals(shop: Shop) -> None:
    shop.sell(sold(make_attribute(make_pricing(USAGE, make_price(10, min_quantity=5)))))
    shop.bill_until(JULY)

    explanation = explained(shop, JULY)

    assert explanation.signals is not None
    assert (explanation.signals.count, *ends(explanation)) == (0, None, None)
    assert explanation.amount_minor == 5 * 10


def test_a_late_line_names_the_signals_that_came_late(shop: Shop) -> None:
    shop.sell(sold(EMAILS))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("3", occurred_at=midnight(JULY)), *make_signals("45"))
    shop.bill_until(AUGUST)
    shop.receive(*make_signals("6"))
    shop.bill_until(SEPTEMBER)

    first, second = (explained(shop, day, is_late=True) for day in (AUGUST, SEPTEMBER))

    assert first.signals is not None
    assert (first.signals.count, *ends(first)) == (2, signal_id(2, 1), signal_id(2, 2))
    assert second.signals is not None
    assert (second.signals.count, *ends(second)) == (1, signal_id(3, 0), signal_id(3, 0))
    assert [e.line.quantity - e.line.billed_before for e in (first, second)] == [2, 1]
    assert ends(explained(shop, AUGUST)) == (signal_id(2, 0), signal_id(2, 0))


def test_a_late_line_of_a_split_log_names_the_signals_of_all_shards_that_came_late(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight to a shard: of twenty early ones some lie in shards that later ones were put to as well."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", 8)
    shop.sell(sold(EMAILS))
    for number in range(20):
        shop.receive(*make_signals([f"early {number}"], data={"when": "early"}))
    shop.bill_until(JULY)
    for number in range(9):
        shop.receive(*make_signals([f"late {number}"], data={"when": "late"}))
    shop.bill_until(AUGUST)

    early, late = explained(shop, JULY), explained(shop, AUGUST, is_late=True)

    assert len(late.invoice.log_positions) > 3
    for explanation, count, when in ((early, 20, "early"), (late, 9, "late")):
        assert explanation.signals is not None
        assert explanation.signals.count == count
        assert [s.data for s in (explanation.signals.first, explanation.signals.last) if s] == 2 * [{"when": when}]


def test_costs_are_counted_and_summed(shop: Shop) -> None:
    shop.sell(sold(MARGIN))
    for number, amounts in enumerate(((1, 2), (3,)), start=1):
        entries = tuple(
            make_entry(START, COST_EVENT, data=Cost(Decimal(amount), "USD").to_data()) for amount in amounts
        )
        shop.log.append(Segment(log=LOG, number=number, cumulative=number, logged_at=NOW, entries=entries))
    shop.bill_until(JULY)

    explanation = explained(shop, JULY, MARGIN.id)

    assert explanation.signals is not None
    assert (explanation.signals.count, explanation.signals.quantity) == (3, 6 * 10**COST_DIGITS)
    assert explanation.amount_minor == 2 * 6_00


@pytest.mark.parametrize("count", [SEGMENTS_PER_READ - 1, SEGMENTS_PER_READ, SEGMENTS_PER_READ + 1, 250])
def test_a_long_log_is_read_through_the_position_of_the_invoice_and_no_further(shop: Shop, count: int) -> None:
    shop.sell(sold(EMAILS))
    for number in range(1, count + 1):
        shop.log.append(Segment(log=LOG, number=number, cumulative=number, logged_at=NOW, entries=(make_entry(),)))
    shop.bill_until(JULY)
    shop.receive(*make_signals("a"))

    explanation = explained(shop, JULY)

    assert explanation.signals is not None
    assert (explanation.signals.count, explanation.signals.found) == (count, count)
    assert ends(explanation) == (signal_id(1, 0), signal_id(count, 0))


def drafts(shop: Shop) -> list[Invoice]:
    return [invoice for invoice in shop.register.of(ORG) if invoice.status == "draft"]


def test_a_draft_that_was_made_anew_when_it_was_posted_is_explained_as_it_was_posted(shop: Shop) -> None:
    shop.sell(make_order(FEE, EMAILS))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("3"))

    shop.post(ORG, drafts(shop)[1].id, now=midnight(JULY))

    explanation = explained(shop, JULY)
    assert explanation.signals is not None
    assert (explanation.signals.count, *ends(explanation)) == (3, signal_id(1, 0), signal_id(2, 0))
    assert explanation.signals_note is None


def test_a_line_that_a_later_invoice_continues_from_counts_what_it_did_and_says_so(shop: Shop) -> None:
    """August's draft has late usage of June, and September's has more of it: posting the first one keeps its line."""
    shop.sell(make_order(EMAILS))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.post(ORG, drafts(shop)[0].id, now=midnight(JULY))
    for key, day in (("3", AUGUST), ("4", SEPTEMBER)):
        shop.receive(*make_signals(key))
        shop.bill_until(day)
    shop.post(ORG, drafts(shop)[0].id, now=midnight(SEPTEMBER))

    august, september = (explained(shop, day, is_late=True) for day in (AUGUST, SEPTEMBER))

    assert august.invoice.log_positions == september.invoice.log_positions == {0: 3}
    assert ends(august) == (signal_id(2, 0), signal_id(2, 0))
    assert ends(september) == (signal_id(3, 0), signal_id(3, 0))
    assert (august.signals_note is None, september.signals_note is None) == (False, True)


def test_an_invoice_that_bills_a_voided_one_again_is_explained_like_that(shop: Shop) -> None:
    shop.sell(sold(FEE, EMAILS, PERCENT))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    voided = shop.register.of(ORG)[1]
    shop.void(ORG, voided.id, now=midnight(JULY))
    shop.receive(*make_signals("3"))

    again = shop.rebill(ORG, voided.id, now=midnight(JULY))

    for line in again.lines:
        explanation = shop.explain(ORG, again.id, line.id)
        assert explanation.amount_minor == line.amount_minor
        assert explanation.signals is None or explanation.signals.count == 2


def test_a_plan_that_counts_otherwise_today_is_said_and_hides_nothing(shop: Shop) -> None:
    shop.sell(sold(EMAILS))
    shop.receive(*make_signals("1"), *make_signals("2", occurred_at=NOW + timedelta(days=20)))
    shop.bill_until(JULY)
    shop.checkpoints.plans.clear()

    explanation = explained(shop, JULY)

    assert explanation.signals is not None
    assert (explanation.signals.count, explanation.amount_minor) == (0, 2 * 10)
    assert explanation.signals_note is not None


def test_an_unknown_invoice_and_an_unknown_line_are_not_found(shop: Shop) -> None:
    shop.sell(sold(FEE))
    shop.bill_until(START)
    (invoice,) = shop.register.of(ORG)

    with pytest.raises(NotFound, match="invoice line nothing was not found"):
        shop.explain(ORG, invoice.id, "nothing")
    with pytest.raises(NotFound, match="invoice nothing was not found"):
        shop.explain(ORG, "nothing", invoice.lines[0].id)
    with pytest.raises(NotFound):
        shop.explain("org_2", invoice.id, invoice.lines[0].id)
