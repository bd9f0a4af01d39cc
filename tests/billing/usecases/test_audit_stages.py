"""An audit of a whole organization: all customers, the logs of deleted ones, the numbers, and every invoice."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.errors import NotFound
from functions.billing.models.audit import Allowance, Cursor, Given, LogTooLong, Stage
from functions.billing.models.invoice import Invoice, invoice_id
from functions.billing.models.segment import Fence, LogId, Segment
from functions.billing.models.usage import Checkpoint
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from functions.billing.usecases.check_numbers import CheckNumbers
from functions.billing.usecases.replay_customer import ReplayCustomer
from functions.billing.usecases.replay_customers import MAX_CUSTOMERS
from tests.builders import NOW, USAGE, make_attribute, make_customer, make_entry, make_invoice, make_order, make_pricing
from tests.fakes.audit import ALL_THE_TIME, ONE_THING, audit_step, audited, replay_log
from tests.fakes.shop import ORG, Shop, make_signals

JULY, AUGUST, OCTOBER = (date(2025, month, 1) for month in (7, 8, 10))
EMAILS = make_attribute(make_pricing(USAGE))


@pytest.fixture
def shop() -> Shop:
    """A monthly fee of `cus_1`, posted five times, and e-mails."""
    shop = Shop()
    shop.sell(make_order(make_attribute(), EMAILS, auto_post_invoices=True))
    shop.receive(*make_signals("12"))
    shop.bill_until(OCTOBER)
    assert audited(shop)[0].findings == ()
    return shop


def sentences(shop: Shop) -> list[str]:
    return [finding.sentence for finding in audited(shop)[0].findings]


def change(shop: Shop, invoice: Invoice, **fields: Any) -> None:
    stored = shop.register.load(ORG, invoice.id)
    shop.register.stored[ORG, invoice.id] = Stored(invoice.model_copy(update=fields), stored.revision)


def with_logs(shop: Shop, *customer_ids: str, checkpoint: Checkpoint | None = None) -> None:
    """A log of one signal each, of whoever it may be, and a checkpoint."""
    for customer_id in customer_ids:
        log = LogId(ORG, customer_id)
        shop.log.append(Segment(log=log, number=1, cumulative=1, logged_at=NOW, entries=(make_entry(),)))
        if checkpoint is not None:
            shop.checkpoints.stored[log] = Stored(checkpoint, 1)


WRONG = Checkpoint(rated_through=1, counted=1, latest_occurred_at=midnight(date(2025, 6, 1)))
"""Of a log of one signal that nobody ordered."""

# ---- customers


def test_every_customer_is_replayed(shop: Shop) -> None:
    for number in range(2, 5):
        shop.customers.insert(ORG, make_customer(id=f"cus_{number}"))
        with_logs(shop, f"cus_{number}", checkpoint=WRONG)

    done, _ = audited(shop)

    assert (done.customers, done.signals, done.invoices) == (4, 2 + 3, 5)
    assert [finding.id for finding in done.findings] == [f"cus_{number}" for number in (2, 2, 3, 3, 4, 4)]


def test_a_call_does_at_least_one_thing_and_the_rest_goes_on_from_there(shop: Shop) -> None:
    for number in range(2, 5):
        shop.customers.insert(ORG, make_customer(id=f"cus_{number}"))

    at_once, few_calls = audited(shop)
    in_parts, many_calls = audited(shop, ONE_THING)

    assert in_parts == at_once
    assert few_calls == len(Stage)
    # Four customers and a look for a fifth, one page of logs, three of numbers and three of invoices, two at a time,
    # and behind each of the last three a look for more.
    # Nobody paid: one look.
    assert many_calls == (3 + 1) + (1 + 1) + (3 + 1) + (3 + 1) + 1


def test_a_call_does_so_many_customers_and_no_more(shop: Shop) -> None:
    for number in range(MAX_CUSTOMERS):
        shop.customers.insert(ORG, make_customer(id=f"cus_1{number:03d}"))

    first = audit_step(shop, Cursor())
    assert first.next is not None
    second = audit_step(shop, first.next)

    assert (first.replayed.customers, second.replayed.customers) == (MAX_CUSTOMERS, 1)
    assert second.next == Cursor(stage=Stage.LOGS)


class Clock:
    """Its time is up after so many looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


def with_two_long_logs() -> Shop:
    """Each is read in three parts."""
    shop = Shop()
    shop.customers.insert(ORG, make_customer(id="cus_2"))
    for customer_id in ("cus_1", "cus_2"):
        log = LogId(ORG, customer_id)
        for number in range(1, 251):
            shop.log.append(Segment(log=log, number=number, cumulative=0, logged_at=NOW, entries=()))
        shop.checkpoints.stored[log] = Stored(Checkpoint(rated_through=250), 1)
    return shop


def test_a_log_for_which_the_time_is_too_short_is_begun_anew_in_the_next_call() -> None:
    shop = with_two_long_logs()

    first = audit_step(shop, Cursor(), Allowance(may_begin=lambda: True, may_go_on=Clock(5)))
    assert first.next is not None
    second = audit_step(shop, first.next, Allowance(may_begin=lambda: True, may_go_on=Clock(3)))

    assert (first.replayed.customers, first.next) == (1, Cursor(after="cus_1"))
    assert (second.replayed.customers, second.replayed.findings) == (1, ())


def test_a_log_that_is_too_long_for_a_call_of_its_own_is_refused() -> None:
    shop = with_two_long_logs()

    with pytest.raises(LogTooLong, match="cus_2"):
        audit_step(shop, Cursor(after="cus_1"), Allowance(may_begin=lambda: True, may_go_on=Clock(2)))


# ---- one customer


def test_one_customer_is_replayed_by_itself_also_when_only_its_log_is_left(shop: Shop) -> None:
    with_logs(shop, "cus_gone")
    replay = ReplayCustomer(customers=shop.customers, log=shop.log, replay=replay_log(shop))

    assert replay(ORG, "cus_1", ALL_THE_TIME).invoices == 5
    assert replay(ORG, "cus_gone", ALL_THE_TIME).customers == 1
    with pytest.raises(NotFound, match="customer cus_nobody was not found"):
        replay(ORG, "cus_nobody", ALL_THE_TIME)
    with pytest.raises(NotFound):
        replay("org_2", "cus_1", ALL_THE_TIME)


# ---- deleted customers


def test_the_logs_of_deleted_customers_are_replayed_once_each(shop: Shop) -> None:
    with_logs(shop, "cus_gone", "cus_left", checkpoint=WRONG)
    gone = LogId(ORG, "cus_gone")
    for number in range(2, 6):
        later = NOW + timedelta(days=number)
        shop.log.append(Segment(log=gone, number=number, cumulative=number, logged_at=later, entries=(make_entry(),)))

    for allowance in (ALL_THE_TIME, ONE_THING):
        done, _ = audited(shop, allowance)

        assert done.customers == 3
        assert {finding.sentence for finding in done.findings} == {
            f"usage {customer_id}, shard 0 {field}"
            for customer_id in ("cus_gone", "cus_left")
            for field in ("counted: 1 is stored, 0 is replayed", "unattributed: 0 is stored, 1 is replayed")
        }


def test_a_deleted_customers_log_that_begins_with_a_fence_is_replayed_too(shop: Shop) -> None:
    log = LogId(ORG, "cus_gone")
    shop.log.append(Segment(log, 1, 0, NOW, (), Fence("acme", 1)))
    shop.log.append(Segment(log, 2, 1, NOW, (make_entry(),)))
    shop.checkpoints.stored[log] = Stored(WRONG, 1)

    assert [finding.id for finding in audited(shop)[0].findings] == ["cus_gone"] * 2


def test_a_deleted_customer_whose_log_is_too_long_for_what_is_left_of_a_call_waits_for_the_next(shop: Shop) -> None:
    with_logs(shop, "cus_gone", "cus_left", checkpoint=WRONG)
    logs = Cursor(stage=Stage.LOGS)

    first = audit_step(shop, logs, Allowance(may_begin=lambda: True, may_go_on=Clock(1)))
    assert first.next is not None
    second = audit_step(shop, first.next)

    assert [part.replayed.customers for part in (first, second)] == [1, 1]
    with pytest.raises(LogTooLong):
        audit_step(shop, logs, Allowance(may_begin=lambda: True, may_go_on=Clock(0)))


# ---- numbers


def third(shop: Shop) -> Invoice:
    invoice = shop.register.of(ORG)[2]
    assert invoice.display_number == "INV-000003"
    return invoice


def test_a_number_that_is_missing(shop: Shop) -> None:
    invoice = third(shop)
    del shop.register.stored[ORG, invoice.id]

    assert f'invoice {invoice.id}, number: nothing is stored, "posted, INV-000003" is replayed' in sentences(shop)


def test_a_number_that_two_have(shop: Shop) -> None:
    invoice = third(shop)

    change(shop, invoice, number=2)

    assert sentences(shop) == [
        f'invoice {invoice.id}, number: "posted, INV-000002" is stored, "posted, INV-000003" is replayed',
        "numbers org_1, invoices with a number up to 5: 5 is stored, 4 is replayed",
    ]


def test_a_number_that_an_invoice_has_and_nobody_gave_it(shop: Shop) -> None:
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"auto_post_invoices": False}))
    (draft,) = shop.bill_until(date(2025, 11, 1))

    change(shop, draft, number=4)

    assert "numbers org_1, invoices with a number up to 5: 6 is stored, 5 is replayed" in sentences(shop)


def test_a_posted_invoice_that_is_a_draft_again(shop: Shop) -> None:
    invoice = third(shop)

    change(shop, invoice, status="draft", number=None)

    assert f'invoice {invoice.id}, number: "draft, None" is stored, "posted, INV-000003" is replayed' in sentences(shop)


def test_a_number_that_was_given_to_nobody(shop: Shop) -> None:
    shop.register.numbered[ORG].insert(2, "inv_nobody")
    for invoice in shop.register.of(ORG)[2:]:
        change(shop, invoice, number=(invoice.number or 0) + 1)

    assert sentences(shop) == ['invoice inv_nobody, number: nothing is stored, "posted, INV-000003" is replayed']


def test_a_number_that_waits_for_its_promised_invoice_is_no_difference(shop: Shop) -> None:
    last = shop.register.of(ORG)[-1]
    del shop.register.stored[ORG, last.id]

    assert sentences(shop) == [
        f"schedule ord_1: invoice {last.id} is promised and not made yet; the next billing run makes it",
        f"invoice {last.id}: number 5 waits for it: it is promised and not made yet; the next billing run makes it",
    ]


def test_an_awaited_invoice_may_be_made_before_the_audit_comes_to_it(shop: Shop) -> None:
    last = shop.register.of(ORG)[-1]
    del shop.register.stored[ORG, last.id]
    numbers = audit_step(shop, Cursor(stage=Stage.NUMBERS))
    shop.bill_until(OCTOBER)

    assert numbers.next is not None
    assert audit_step(shop, numbers.next).replayed.findings == ()


def test_what_is_posted_while_the_audit_is_under_way_is_no_difference(shop: Shop) -> None:
    numbers = audit_step(shop, Cursor(stage=Stage.NUMBERS))
    shop.bill_until(date(2025, 12, 1))

    assert numbers.next is not None
    assert audit_step(shop, numbers.next).replayed.findings == ()


class AsWritten:
    """Numbers as somebody wrote them, each given to another invoice."""

    def __init__(self, *numbers: int) -> None:
        self._given = [Given(number, f"inv_{place}") for place, number in enumerate(numbers)]

    def numbers(self, organization_id: str, *, after: int) -> Iterator[list[Given]]:
        del organization_id, after
        yield self._given


@pytest.mark.parametrize(("numbers", "expected"), [((2,), 1), ((1, 3), 2), ((1, 2, 2), 3), ((1, 2, 4), 3)])
def test_numbers_that_were_not_given_one_after_the_other(shop: Shop, numbers: tuple[int, ...], expected: int) -> None:
    stage = CheckNumbers(inventory=AsWritten(*numbers), register=shop.register, schedules=shop.schedules)

    findings = stage(ORG, Cursor(stage=Stage.NUMBERS), ALL_THE_TIME).replayed.findings

    field = f"number given to inv_{len(numbers) - 1}"
    gaps = [each.sentence for each in findings if "given" in each.sentence]
    assert gaps == [f"numbers org_1, {field}: {numbers[-1]} is stored, {expected} is replayed"]


# ---- invoices that nobody makes


def test_an_invoice_of_no_order(shop: Shop) -> None:
    stray = make_invoice(order_id="ord_9")
    shop.register.insert(ORG, [stray])

    assert sentences(shop) == ['invoice inv_1, order: "ord_9" is stored, nothing is replayed']


def test_an_invoice_of_a_day_of_billing_under_another_name(shop: Shop) -> None:
    shop.register.insert(ORG, [make_invoice(issue_date=JULY)])

    assert sentences(shop) == ['invoice inv_1, ord_1 is billed on: "2025-07-01" is stored, nothing is replayed']


def test_an_invoice_of_a_day_on_which_its_order_is_not_billed(shop: Shop) -> None:
    day = JULY + timedelta(days=2)
    stray = invoice_id(shop.orders.get(ORG, "ord_1"), day)
    shop.register.insert(ORG, [make_invoice(id=stray, issue_date=day)])

    assert sentences(shop) == [f'invoice {stray}, ord_1 is billed on: "2025-07-03" is stored, nothing is replayed']


def test_an_invoice_that_bills_one_again_which_is_not_there(shop: Shop) -> None:
    shop.register.insert(ORG, [make_invoice(rebills="inv_9")])

    assert sentences(shop) == ['invoice inv_1, rebills: "inv_9" is stored, nothing is replayed']


def test_what_bills_a_voided_invoice_again_is_made_by_it(shop: Shop) -> None:
    voided = shop.void(ORG, third(shop).id, now=midnight(OCTOBER))
    shop.rebill(ORG, voided.id, now=midnight(OCTOBER))

    assert sentences(shop) == []
