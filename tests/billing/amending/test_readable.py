"""What an amendment brings onto an invoice can be read there, and recomputed by hand."""

from datetime import date

from functions.billing.invoicing.arithmetic import LESS, TIMES, arithmetic
from functions.billing.invoicing.document_lines import DocumentLine, DocumentStep, document_line
from functions.billing.invoicing.explanation import explain
from functions.billing.models.invoice import Invoice
from functions.billing.models.pricing import PricingModel
from tests.billing.amending.selling import amend, fee, order_of, quantity, running
from tests.builders import RECURRING, make_attribute, make_price, make_pricing
from tests.fakes.shop import Shop

MARCH, MID_MARCH = date(2025, 3, 1), date(2025, 3, 15)


def settled(shop: Shop) -> Invoice:
    """The invoice of the day of the change, of all components 5 to 10."""
    amend(shop, MID_MARCH, *(quantity(10, of=attribute.id) for _, attribute in order_of(shop).attributes()))
    (invoice,) = shop.bill_until(MID_MARCH)
    return invoice


def test_a_credit_says_which_days_it_gives_back_at_which_price() -> None:
    credit, charge = (document_line(line, "USD") for line in settled(running(fee(10_00, 5), start=MARCH)).lines)

    assert credit == DocumentLine(
        description="Credit for unused time, AI SDR: recurring",
        period="15 Mar \N{EN DASH} 31 Mar 2025",
        quantity="-5",
        unit_price="10.00",
        amount="-27.42",
        steps=(DocumentStep("17 of 31 days", f"{LESS}50.00 {TIMES} 17 / 31", "-27.42"),),
    )
    assert (charge.description, charge.quantity, charge.amount) == ("AI SDR: recurring", "10", "54.84")
    assert charge.steps == (DocumentStep("17 of 31 days", f"100.00 {TIMES} 17 / 31", "54.84"),)


def test_a_credit_of_tiers_is_the_part_of_what_they_come_to() -> None:
    """5 x 10.00 and 7.00 once: 57.00 x 17/31 = 31.26."""
    tiers = [{"unit_minor": 10_00, "flat_minor": 7_00}]
    tiered = make_pricing(RECURRING, make_price(tiers=tiers), model=PricingModel.GRADUATED)
    credit, _ = settled(running(make_attribute(tiered, quantity=5), start=MARCH)).lines

    steps = document_line(credit, "USD").steps

    assert [step.amount for step in steps] == ["50.00", "7.00", "-31.26"]
    assert steps[-1].calculation == f"{LESS}57.00 {TIMES} 17 / 31"


def test_a_credit_is_explained_by_what_was_charged() -> None:
    shop = running(fee(10_00, 5), start=MARCH)
    invoice = settled(shop)

    explained = [explain(order_of(shop), invoice, line, None) for line in invoice.lines]

    assert [each.amount_minor for each in explained] == [-27_42, 54_84]
    assert arithmetic(explained[0])[-1] == f"given back: {LESS}27.42"
    assert f"50.00 {TIMES} 17 / 31" in arithmetic(explained[0])[-2]
    first = shop.register.of("org_1")[0]
    assert invoice.lines[0].repays == first.lines[0].id
