from collections.abc import Iterable
from datetime import date

import pytest

from functions.billing.models.invoice import InvoiceStatus
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.signal import LoggedSignal, Signal
from functions.billing.periods import midnight
from functions.billing.ports import RatingState
from functions.billing.rating.receipt import Receipt, SignalStatus
from functions.billing.rating.unattributed import Miss
from functions.billing.usecases import append_signals
from functions.billing.usecases.read_receipts import ReadReceipts
from tests.builders import NOW, START, USAGE, make_attribute, make_customer, make_order, make_price, make_pricing
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
POSTED = make_order(EMAILS, auto_post_invoices=True)
COUNTED, PENDING, UNATTRIBUTED = SignalStatus.COUNTED, SignalStatus.PENDING, SignalStatus.UNATTRIBUTED


class CountingCheckpoints(FakeCheckpoints):
    """Writes down who was loaded alone, and how many together."""

    def __init__(self) -> None:
        super().__init__()
        self.alone: list[str] = []
        self.together: list[int] = []

    def load(self, organization_id: str, customer_id: str) -> RatingState:
        self.alone.append(customer_id)
        return super().load(organization_id, customer_id)

    def load_many(self, organization_id: str, customer_ids: Iterable[str]) -> dict[str, RatingState]:
        wanted = list(customer_ids)
        self.together.append(len(wanted))
        states = super().load_many(organization_id, wanted)
        del self.alone[-len(wanted) :]  # the fake's own
        return states


@pytest.fixture
def shop() -> Shop:
    return Shop()


def logged(shop: Shop, *signals: Signal, log: LogId = LOG) -> None:
    """Into the log, and not rated."""
    shop.append.append(log, delivered(signals), now=NOW)


def signals_of(shop: Shop) -> list[LoggedSignal]:
    segments = (segment for log in shop.log.segments.values() for segment in log)
    return [segment.signal(index) for segment in segments for index in range(len(segment.entries))]


def read(shop: Shop, signals: list[LoggedSignal] | None = None) -> list[Receipt]:
    reading = ReadReceipts(
        checkpoints=shop.checkpoints, schedules=shop.schedules, orders=shop.orders, register=shop.register
    )
    return reading(ORG, signals_of(shop) if signals is None else signals)


def outcome(receipt: Receipt) -> tuple[SignalStatus, list[date | None]]:
    """The status, and the issue dates of the invoices that charge it."""
    invoices = (count.invoice for count in receipt.counts)
    return receipt.status, [None if invoice is None else invoice.issue_date for invoice in invoices]


def sent(key: str, on: date = START) -> Signal:
    return make_signal(key, occurred_at=midnight(on))


def test_of_no_signals_there_are_no_receipts(shop: Shop) -> None:
    assert read(shop, []) == []


def test_a_signal_is_pending_then_counted_then_billed(shop: Shop) -> None:
    shop.sell(POSTED)
    logged(shop, sent("1"))
    assert list(map(outcome, read(shop))) == [(PENDING, [None])]

    shop.rate(ORG, LOG.customer_id)
    assert list(map(outcome, read(shop))) == [(COUNTED, [None])]

    shop.bill_until(JULY)
    (receipt,) = read(shop)
    assert outcome(receipt) == (COUNTED, [JULY])
    assert receipt.counts[0].invoice is not None
    assert receipt.counts[0].invoice.display_number == "INV-000001"


def test_an_unattributed_signal_counts_once_an_order_is_activated_and_the_log_rated_anew(shop: Shop) -> None:
    shop.receive(sent("1"))
    (before,) = read(shop)
    shop.sell(POSTED)
    (between,) = read(shop)
    shop.rate(ORG, LOG.customer_id)
    (after,) = read(shop)

    assert (before.status, between.status, after.status) == (UNATTRIBUTED, PENDING, COUNTED)
    assert before.reason is not None
    assert before.reason.code is Miss.NO_USAGE_PRICE
    assert between.reason is None
    assert between.counts == after.counts


def test_the_receipts_are_in_the_order_of_the_signals(shop: Shop) -> None:
    shop.sell(POSTED)
    shop.receive(sent("1"), make_signal("2", event_name="other"), sent("3", date(2025, 5, 31)), sent("4", JULY))

    receipts = read(shop, signals_of(shop)[::-1])

    assert [receipt.status for receipt in receipts] == [COUNTED, UNATTRIBUTED, UNATTRIBUTED, COUNTED]
    assert [receipt.reason and receipt.reason.code for receipt in receipts] == [
        None,
        Miss.OUTSIDE_DATES,
        Miss.EVENT_NOT_COUNTED,
        None,
    ]


def test_late_usage_is_on_the_invoice_that_billed_it_late(shop: Shop) -> None:
    shop.sell(POSTED)
    shop.receive(sent("1"))
    shop.bill_until(JULY)
    shop.receive(sent("2"))
    assert list(map(outcome, read(shop))) == [(COUNTED, [JULY]), (COUNTED, [None])]

    shop.bill_until(AUGUST)
    shop.receive(sent("3"))
    shop.bill_until(SEPTEMBER)

    assert list(map(outcome, read(shop))) == [(COUNTED, [JULY]), (COUNTED, [AUGUST]), (COUNTED, [SEPTEMBER])]


def test_late_usage_after_the_end_of_an_order_is_on_an_invoice_of_its_closing_days(shop: Shop) -> None:
    """Ended on 1 July; looked at again 31 days after it, and as something came late, 31 days after that."""
    shop.sell(make_order(EMAILS, end=JULY, auto_post_invoices=True))
    shop.receive(sent("1"))
    shop.bill_until(JULY)
    shop.receive(sent("2"))
    shop.bill_until(AUGUST)
    shop.receive(sent("3"))
    shop.bill_until(SEPTEMBER)

    assert list(map(outcome, read(shop))) == [
        (COUNTED, [JULY]),
        (COUNTED, [AUGUST]),
        (COUNTED, [SEPTEMBER]),
    ]


def test_a_draft_charges_more_once_it_is_posted(shop: Shop) -> None:
    shop.sell(make_order(EMAILS))
    shop.receive(sent("1"))
    (draft,) = shop.bill_until(JULY)
    shop.receive(sent("2"))
    assert list(map(outcome, read(shop))) == [(COUNTED, [JULY]), (COUNTED, [None])]

    shop.post(ORG, draft.id, now=midnight(JULY))

    assert list(map(outcome, read(shop))) == [(COUNTED, [JULY]), (COUNTED, [JULY])]


def test_a_voided_invoice_is_named_until_it_is_billed_again(shop: Shop) -> None:
    shop.sell(POSTED)
    shop.receive(sent("1"))
    (invoice,) = shop.bill_until(JULY)

    def charged_by() -> tuple[str, InvoiceStatus]:
        (receipt,) = read(shop)
        (count,) = receipt.counts
        assert count.invoice is not None
        return count.invoice.id, count.invoice.status

    shop.void(ORG, invoice.id, now=midnight(AUGUST))
    assert charged_by() == (invoice.id, InvoiceStatus.VOIDED)

    again = shop.rebill(ORG, invoice.id, now=midnight(AUGUST))
    assert charged_by() == (again.id, InvoiceStatus.DRAFT)

    shop.post(ORG, again.id, now=midnight(AUGUST))
    shop.void(ORG, again.id, now=midnight(SEPTEMBER))
    third = shop.rebill(ORG, again.id, now=midnight(SEPTEMBER))
    assert charged_by() == (third.id, InvoiceStatus.DRAFT)


def test_a_promised_invoice_that_is_not_made_yet_charges_nothing_yet(shop: Shop) -> None:
    shop.sell(POSTED)
    shop.receive(sent("1"))
    shop.bill_until(JULY)
    shop.register.stored.clear()

    assert list(map(outcome, read(shop))) == [(COUNTED, [None])]


def test_customers_are_loaded_together_and_only_those_of_a_split_log_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_signals, "SPLIT_AT", 2)
    checkpoints = CountingCheckpoints()
    shop = Shop(checkpoints=checkpoints)
    for number in (2, 3):
        shop.customers.insert(ORG, make_customer(id=f"cus_{number}"))
        logged(shop, make_signal(customer_id=f"cus_{number}"), log=LogId(ORG, f"cus_{number}"))
        shop.rate(ORG, f"cus_{number}")
    shop.sell(POSTED)
    for key in "123456":
        shop.receive(sent(key))
    checkpoints.alone.clear()

    receipts = read(shop)

    shards = {log.shard for log, segments in shop.log.segments.items() if log.customer_id == "cus_1" and segments}
    assert len(shards) > 1
    assert (checkpoints.alone, checkpoints.together) == (["cus_1"], [2])
    assert sorted(receipt.status for receipt in receipts) == [*[COUNTED] * 6, *[UNATTRIBUTED] * 2]


def test_each_shard_is_pending_by_its_own_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three keys of shard 0 are its children's by now: one of them has grown since it was rated."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", 3)
    shop = Shop()
    shop.sell(POSTED)
    first, second = ([key for key in map(str, range(40)) if hash_key(key)[0] >> 7 == bit] for bit in (0, 1))
    for key in (first[0], first[1], second[0], second[1]):
        shop.receive(sent(key))

    logged(shop, sent(first[2]))

    shards = [signal.id.split("-")[1] for signal in signals_of(shop)]
    statuses = dict(zip(shards, (receipt.status for receipt in read(shop)), strict=True))
    assert statuses == {"0": COUNTED, "1": PENDING, "2": COUNTED}


def test_as_one_customer_of_many_a_signal_has_the_receipt_that_it_has_alone(shop: Shop) -> None:
    shop.sell(POSTED)
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="beta"))
    shop.receive(sent("1"))
    logged(shop, make_signal("1", external_customer_id="beta"), log=LogId(ORG, "cus_2"))
    shop.bill_until(JULY)

    ours, theirs = read(shop)

    signals = signals_of(shop)
    assert [ours, theirs] == [*read(shop, signals[:1]), *read(shop, signals[1:])]
    assert outcome(ours) == (COUNTED, [JULY])
    assert theirs.reason is not None
    assert theirs.reason.sentence == "customer cus_2 has no active order with a usage price"


def test_reading_changes_nothing(shop: Shop) -> None:
    shop.sell(POSTED)
    logged(shop, sent("1"))
    before: tuple[object, ...] = (
        dict(shop.checkpoints.stored),
        dict(shop.schedules.stored),
        dict(shop.register.stored),
    )

    read(shop)

    assert (shop.checkpoints.stored, shop.schedules.stored, shop.register.stored) == before
