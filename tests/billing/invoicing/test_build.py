from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.invoicing.build import (
    BillingFacts,
    billed_usage,
    build_invoice,
    posts_itself,
)
from functions.billing.models.customer import Address
from functions.billing.models.invoice import Invoice, InvoiceStatus, Party, invoice_id
from functions.billing.models.order import Order
from functions.billing.models.tax import TaxSettings
from functions.billing.models.usage import Checkpoint, Usage
from tests.builders import (
    NOW,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    activated,
    make_attribute,
    make_contact,
    make_customer,
    make_facts,
    make_invoice_line,
    make_order,
    make_organization,
    make_price,
    make_pricing,
)

JUNE, JULY, AUGUST, SEPTEMBER = (date(2025, month, 1) for month in (6, 7, 8, 9))
DAY = timedelta(days=1)

SETUP_FEE = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))
PLATFORM_FEE = make_attribute(make_pricing(RECURRING, make_price(500_00)))
TEN_SEATS = make_attribute(make_pricing(SEATS, make_price(30_00)), quantity=10)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10), event_name="email_sent"))
MEETINGS = make_attribute(make_pricing(USAGE, make_price(50_00), event_name="meeting_booked"))


def built(facts: BillingFacts, issue_date: date) -> Invoice:
    invoice = build_invoice(facts, issue_date, now=NOW)
    assert invoice is not None
    return invoice


# ---- the guide


GUIDE = make_facts(
    make_order(SETUP_FEE, PLATFORM_FEE, TEN_SEATS, EMAILS, MEETINGS, start=JUNE),
    {EMAILS.id: {JUNE: 1240}, MEETINGS.id: {JUNE: 7}},
)


@pytest.mark.parametrize(
    ("issue_date", "amounts_minor"),
    [
        (JUNE, [1000_00, 500_00, 10 * 30_00]),
        (JULY, [500_00, 10 * 30_00, 1240 * 10, 7 * 50_00]),
        (AUGUST, [500_00, 10 * 30_00]),
    ],
)
def test_an_invoice_holds_the_advance_of_the_period_that_begins_and_the_arrears_of_the_one_that_ended(
    issue_date: date, amounts_minor: list[int]
) -> None:
    invoice = built(GUIDE, issue_date)

    assert [line.amount_minor for line in invoice.lines] == amounts_minor
    assert invoice.total_minor == sum(amounts_minor)


def test_the_guide_is_billed_1800_then_1274_then_800() -> None:
    totals = [built(GUIDE, day).total_minor for day in (JUNE, JULY, AUGUST)]

    assert totals == [1_800_00, 1_274_00, 800_00]


# ---- an invoice


@pytest.mark.parametrize("issue_date", [JUNE - DAY, JUNE, JUNE + DAY, JULY])
def test_there_is_no_invoice_where_nothing_is_charged(issue_date: date) -> None:
    """Neither on other days than due days, nor in July when there was no usage in June."""
    assert build_invoice(make_facts(make_order(EMAILS, start=JUNE)), issue_date, now=NOW) is None


def test_the_same_facts_give_the_same_invoice() -> None:
    assert build_invoice(GUIDE, JULY, now=NOW) == build_invoice(GUIDE, JULY, now=NOW)


def test_an_order_has_one_invoice_id_per_currency_and_day() -> None:
    order = make_order(PLATFORM_FEE)
    others = [
        invoice_id(order, JUNE + DAY),
        invoice_id(make_order(PLATFORM_FEE, currency="EUR"), JUNE),
        invoice_id(make_order(PLATFORM_FEE, id="ord_2"), JUNE),
    ]

    assert invoice_id(order, JUNE) == invoice_id(order, JUNE)
    assert len({invoice_id(order, JUNE), *others}) == 4


def test_an_invoice_is_made_as_a_draft_with_the_terms_of_its_order() -> None:
    order = make_order(PLATFORM_FEE, payment_terms="Net 30", purchase_order_reference="PO-7")

    invoice = built(make_facts(order), JUNE)

    assert (invoice.status, invoice.number) == (InvoiceStatus.DRAFT, None)
    assert (invoice.order_id, invoice.customer_id, invoice.currency) == ("ord_1", "cus_1", "USD")
    assert (invoice.payment_terms, invoice.purchase_order_reference) == ("Net 30", "PO-7")
    assert invoice.due_date == JUNE + 30 * DAY


def test_an_invoice_goes_to_whoever_pays_for_the_order() -> None:
    order = make_order(PLATFORM_FEE, billing_customer_id="cus_2")

    assert built(make_facts(order), JUNE).customer_id == "cus_2"


def test_usage_comes_from_every_shard_and_the_invoice_says_how_far_each_was_counted() -> None:
    checkpoints = {
        0: Checkpoint(rated_through=12, usage={EMAILS.id: {JUNE: 1000}}),
        1: Checkpoint(rated_through=7, usage={EMAILS.id: {JUNE: 240}}),
    }

    invoice = built(make_facts(make_order(EMAILS), checkpoints=checkpoints), JULY)

    assert invoice.total_minor == (1000 + 240) * 10
    assert invoice.log_positions == {0: 12, 1: 7}


def test_the_buyer_is_the_customer_at_its_own_address_through_its_contact() -> None:
    austin, boston = Address(city="Austin"), Address(city="Boston")
    customer = make_customer(name="Acme", legal_name="Acme Ltd", vat_number="VAT1", billing_address=austin)
    contact = make_contact(first_name="John", last_name="Doe", email="john@acme.example", billing_address=boston)

    invoice = built(make_facts(make_order(PLATFORM_FEE), buyer=customer, contact=contact), JUNE)

    assert invoice.billing_contact_id == contact.id
    assert invoice.seller == Party(name="Acme AI")
    assert invoice.buyer == Party(
        name="Acme",
        legal_name="Acme Ltd",
        address=austin,
        contact_name="John Doe",
        email="john@acme.example",
        vat_number="VAT1",
    )


def test_the_seller_shows_its_vat_number() -> None:
    seller = make_organization(tax=TaxSettings(country="DE", vat_number="DE123456789", rates={"DE": Decimal(19)}))

    invoice = built(make_facts(make_order(PLATFORM_FEE), organization=seller), JUNE)

    assert invoice.seller == Party(name="Acme AI", vat_number="DE123456789")


def test_where_the_customer_has_no_address_the_contacts_is_used() -> None:
    contact = make_contact(last_name="Doe", billing_address=Address(city="Boston"))

    buyer = built(make_facts(make_order(PLATFORM_FEE), contact=contact), JUNE).buyer

    assert (buyer.address, buyer.contact_name) == (Address(city="Boston"), "Doe")


def test_without_a_contact_the_buyer_is_the_customer_alone() -> None:
    customer = make_customer(email="billing@acme.example")

    invoice = built(make_facts(make_order(PLATFORM_FEE), buyer=customer), JUNE)

    assert invoice.billing_contact_id is None
    assert (invoice.buyer.contact_name, invoice.buyer.email) == (None, "billing@acme.example")


# ---- which post themselves


def backdated(on: date, *, auto_post: bool = True, end: date | None = None) -> Order:
    """Billed since June, activated later."""
    return activated(make_order(PLATFORM_FEE, start=JUNE, end=end, auto_post_invoices=auto_post), on=on)


@pytest.mark.parametrize(
    ("activated_on", "posted"),
    [
        (JUNE - DAY, [JUNE, JULY, AUGUST, SEPTEMBER]),
        (JUNE, [JUNE, JULY, AUGUST, SEPTEMBER]),
        (JULY - DAY, [JUNE, JULY, AUGUST, SEPTEMBER]),
        (JULY, [JULY, AUGUST, SEPTEMBER]),
        (AUGUST - DAY, [JULY, AUGUST, SEPTEMBER]),
        (AUGUST, [AUGUST, SEPTEMBER]),
    ],
)
def test_of_the_invoices_elapsed_at_activation_only_the_latest_posts_itself(
    activated_on: date, posted: list[date]
) -> None:
    order = backdated(activated_on)

    assert [day for day in (JUNE, JULY, AUGUST, SEPTEMBER) if posts_itself(order, day, {})] == posted


def test_the_last_invoice_of_an_order_that_was_over_at_activation_posts_itself() -> None:
    order = backdated(SEPTEMBER, end=AUGUST)

    assert [posts_itself(order, day, {}) for day in (JUNE, JULY)] == [False, True]


def test_the_latest_invoice_that_exists_posts_itself_when_later_days_have_nothing_to_charge() -> None:
    emails = make_attribute(make_pricing(USAGE))
    order = activated(make_order(emails, start=JUNE, auto_post_invoices=True), on=AUGUST)
    only_june = {emails.id: {JUNE: 3}}

    assert posts_itself(order, JULY, only_june)
    assert not posts_itself(order, JULY, {emails.id: {JUNE: 3, JULY: 1}})


def test_nothing_posts_itself_unless_the_order_says_so() -> None:
    assert not posts_itself(backdated(JUNE, auto_post=False), JUNE, {})
    assert built(make_facts(backdated(JUNE)), JUNE).auto_post


def test_nothing_of_a_draft_posts_itself() -> None:
    assert not posts_itself(make_order(PLATFORM_FEE, auto_post_invoices=True), JUNE, {})


# ---- what stands on it


def test_the_billed_usage_is_the_whole_quantity_of_the_usage_lines() -> None:
    """Not the billed quantity: what is included was paid for too, and does not come late."""
    lines = [
        make_invoice_line(charge_type=USAGE, order_line_attribute_id="a", quantity=1240, billed_quantity=240),
        make_invoice_line(charge_type=USAGE, order_line_attribute_id="a", quantity=7, period_start=JULY),
        make_invoice_line(charge_type=USAGE, order_line_attribute_id="b", quantity=1),
        make_invoice_line(charge_type=SEATS, order_line_attribute_id="c", quantity=10),
    ]

    expected: Usage = {"a": {JUNE: 1240, JULY: 7}, "b": {JUNE: 1}}
    assert billed_usage(lines) == expected
