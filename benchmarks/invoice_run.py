"""Budgets of a billing run: ten thousand orders due on one day, through the real functions on moto, every call counted.

Each order is the guide's, in its second month: a platform fee and ten seats in advance, two prices of signals in
arrears, posted by itself, for a customer with an address and a contact. It stands in the tables as a month of billing
would have left it.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

from benchmarks.budget import DOLLARS_PER_MILLION_INVOICES, Budget
from benchmarks.prices import Counts, dollars
from benchmarks.recorder import Recording, recording
from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item, item_of
from functions.adapters.dynamodb.segments import item_of_segment
from functions.adapters.sqs import ORDERS_PER_MESSAGE
from functions.billing.ids import derived_uuid
from functions.billing.invoicing.build import BillingFacts, build_invoice
from functions.billing.invoicing.progress import after_billing
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Address, CreationState, Customer
from functions.billing.models.entity import Entity
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.organization import Organization
from functions.billing.models.pricing import ChargeType, PricePoint, Pricing, default_timing
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.runtime.chance import new_id
from functions.wiring import aws, identity
from infra.resources import DOCUMENT_QUEUE, INVOICE_QUEUE, RECORDS, SIGNALS, Queue
from local.events import queue_event
from local.resources import physical_name, queue_arn
from tests.world import World, fresh_world, invoke

ORDERS = 10_000
DOCUMENTED = 50
"""How many of the invoices get their documents: setting one takes a processor, not a call."""

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
START = datetime(2025, 6, 1, tzinfo=UTC)

MESSAGE_GB_SECONDS, DOCUMENT_GB_SECONDS = 0.33, 0.12
"""Allowances: 330 ms at 1 GB to bill the 80 orders of a message, 120 ms at 1 GB to set and store one invoice."""

_ITEMS_PER_CALL = 25


def budgets() -> list[Budget]:
    with fresh_world() as world:
        organization = identity.organizations().get(world.tenant(test=False).organization_id)
        _fill(world, organization)
        with recording(*aws.clients(), world.clients.sqs) as run:
            started = invoke("start_billing_run", {"as_of": JULY.isoformat()})
            chunks = _work(
                world,
                INVOICE_QUEUE,
                f"messages of {ORDERS_PER_MESSAGE} orders",
                at_most=ceil(ORDERS / ORDERS_PER_MESSAGE),
            )
        _check(started, run)
        with recording(*aws.clients(), aws.s3()) as setting:
            _work(world, DOCUMENT_QUEUE, "documents", at_most=DOCUMENTED)
        return _budgets(run, setting, chunks)


def _budgets(run: Recording, setting: Recording, chunks: int) -> list[Budget]:
    asking = [call for call in run.of("sqs") if call.operation == "SendMessageBatch"]
    calls = len(run.of("dynamodb")) + len(asking) - _document_requests(ORDERS)
    billing = Counts(
        write_units=run.write_units,
        read_units=run.read_units,
        sqs_requests=4 * chunks,  # sent, received and deleted by the queue's poller, and the empty receive
        lambda_requests=chunks,
        lambda_gb_seconds=chunks * MESSAGE_GB_SECONDS,
    )
    each = Counts(
        read_units=setting.read_units / DOCUMENTED,
        s3_puts=len([call for call in setting.of("s3") if call.operation == "PutObject"]) / DOCUMENTED,
        sqs_requests=_document_requests(ORDERS) / ORDERS + 2 / DOCUMENT_QUEUE.batch_size,
        lambda_requests=1 / DOCUMENT_QUEUE.batch_size,
        lambda_gb_seconds=DOCUMENT_GB_SECONDS,
    )
    cost = dollars(billing) / ORDERS * 1e6
    return [
        Budget("invoice run: write units per order", 2.5, run.write_units / ORDERS),
        Budget("invoice run: calls per order", 0.5, calls / ORDERS),
        Budget("invoice run: cost per million orders", 2.0, cost, "$"),
        Budget(
            "invoice run: the same with JSON and PDF", DOLLARS_PER_MILLION_INVOICES, cost + dollars(each) * 1e6, "$"
        ),
    ]


def _document_requests(invoices: int) -> int:
    """Ten documents are asked for in one call, at the end of each message of orders."""
    sqs_batch = 10
    return ceil(invoices / ORDERS_PER_MESSAGE) * ceil(ORDERS_PER_MESSAGE / sqs_batch)


def _check(started: Mapping[str, Any], run: Recording) -> None:
    inserted = sum(call.statements for call in run.calls) // 2
    if started["orders"] != ORDERS or inserted != ORDERS:
        raise RuntimeError(f"the run was to bill {ORDERS} orders: {started}, {inserted} invoices")


def _work(world: World, queue: Queue, what: str, *, at_most: int | None = None) -> int:
    """Delivers the messages of a queue one by one, as a busy queue would in batches; how many there were."""
    function = {INVOICE_QUEUE: "generate_invoices", DOCUMENT_QUEUE: "render_documents"}[queue]
    done = 0
    while messages := world.receive(queue):
        for message in messages:
            if queue is INVOICE_QUEUE:  # all but the last documents wait in vain, and moto gets slow by what waits
                _discard(world, DOCUMENT_QUEUE)
            answer = invoke(function, queue_event([message], queue_arn(queue.name)))
            if answer["batchItemFailures"]:
                raise RuntimeError("a delivery failed")
            world.clients.sqs.delete_message(QueueUrl=world.url(queue), ReceiptHandle=message.receipt)
            done += 1
            _progress(what, done, of=at_most)
            if done == at_most:
                return done
    return done


def _discard(world: World, queue: Queue) -> None:
    while messages := world.receive(queue):
        world.clients.sqs.delete_message_batch(
            QueueUrl=world.url(queue),
            Entries=[{"Id": str(i), "ReceiptHandle": message.receipt} for i, message in enumerate(messages)],
        )


def _progress(what: str, done: int, *, of: int | None) -> None:
    """One line that counts, where somebody looks."""
    if sys.stderr.isatty() or done == of:
        end = "\n" if done == of else "\r"
        total = "" if of is None else f" of {of:,}"
        print(f"  {done:,}{total} {what} ", end=end, file=sys.stderr, flush=True)


def _fill(world: World, organization: Organization) -> None:
    """Puts the items of all orders into the tables, and the block of their first numbers."""
    waiting: dict[str, list[Item]] = {RECORDS.name: [], SIGNALS.name: []}
    for number in range(1, ORDERS + 1):
        sold = _Sold(organization, number)
        waiting[RECORDS.name] += sold.records()
        waiting[SIGNALS.name].append(sold.segment())
        for table, items in waiting.items():
            while len(items) >= _ITEMS_PER_CALL or (number == ORDERS and items):
                batch, items[:] = items[:_ITEMS_PER_CALL], items[_ITEMS_PER_CALL:]
                world.clients.dynamodb.batch_write_item(
                    RequestItems={physical_name(table): [{"PutRequest": {"Item": item}} for item in batch]}
                )
        _progress("orders", number, of=ORDERS)


class _Sold:
    """One customer and its order, a month old."""

    def __init__(self, organization: Organization, number: int) -> None:
        self._organization, self._organization_id, self._number = organization, organization.id, number
        stamps = {"created_at": START, "updated_at": START}
        self._customer = Customer(
            id=new_id("cus"),
            external_id=f"acme-{number}",
            name=f"Acme {number} Ltd",
            default_currency="USD",
            billing_address=Address(line1=f"{number} High Street", city="London", zip_code="EC2A 4NE", country="GB"),
            **stamps,
        )
        self._contact = Contact(
            id=new_id("con"),
            customer_id=self._customer.id,
            first_name="John",
            last_name="Doe",
            email=f"john.doe@acme-{number}.example",
            **stamps,
        )
        self._order = self._sold(number, stamps)

    def records(self) -> list[Item]:
        """Everything but the log."""
        owner, customer_id, order = self._organization_id, self._customer.id, self._order
        log = LogId(owner, customer_id)
        usage = {attribute.id: {JUNE: 1240} for attribute in order.lines[0].attributes[3:]}
        checkpoint = Checkpoint(rated_through=1, plan_version=1, usage=usage, latest_occurred_at=START)
        unbilled = BillingSchedule(order_id=order.id, customer_id=customer_id, next_billing_on=JUNE)
        facts = BillingFacts(self._organization, order, self._customer, self._contact, {0: Checkpoint()}, unbilled)
        first = build_invoice(facts, JUNE, now=START)
        if first is None:
            raise RuntimeError("the first month charges nothing")
        billed = after_billing(facts, JUNE, first)
        plan = RatingPlan().with_order(order)
        return [
            self._thing("customer", self._customer),
            self._thing("contact", self._contact),
            self._thing("order", order),
            item_of(keys.rating_plan(owner, customer_id), plan, revision=1),
            item_of(keys.checkpoint(log), checkpoint, revision=1),
            item_of(keys.schedule(owner, order.id), billed, revision=2),
            self._thing("invoice", first.posted(number=self._number, now=START)),
        ]

    def segment(self) -> Item:
        """The log: one segment with one signal, whose usage the checkpoint says was counted."""
        entry = Entry(key_hash=hash_key("1"), event_name="email_sent", occurred_at=START)
        log = LogId(self._organization_id, self._customer.id)
        return item_of_segment(Segment(log=log, number=1, cumulative=1, logged_at=START, entries=(entry,)))

    def _thing(self, kind: str, entity: Entity) -> Item:
        return item_of(keys.thing(self._organization_id, kind, entity.id), entity, revision=1)

    def _sold(self, number: int, stamps: dict[str, datetime]) -> Order:
        order_id, product_id = new_id("ord"), new_id("prod")
        line_id = derived_uuid("order line", order_id, "0")
        prices = (
            ("Setup fee", ChargeType.ONE_TIME, 1000_00, 1, None),
            ("Platform fee", ChargeType.RECURRING, 500_00, 1, None),
            ("Seats", ChargeType.SEAT_BASED, 30_00, 10, None),
            ("Emails sent", ChargeType.USAGE, 10, 1, "email_sent"),
            ("Meetings booked", ChargeType.USAGE, 50_00, 1, "meeting_booked"),
        )
        attributes = tuple(
            OrderLineAttribute(
                id=derived_uuid("order line attribute", line_id, str(place)),
                name=name,
                pricing=Pricing(
                    charge_type=charge_type,
                    timing=default_timing(charge_type),
                    price_points=(PricePoint(currency="USD", unit_price_minor=price),),
                    event_name=event,
                ),
                quantity=quantity,
                product_attribute_id=f"pa_{product_id.removeprefix('prod_')}_{place + 1}",
                pricing_version=1,
            )
            for place, (name, charge_type, price, quantity, event) in enumerate(prices)
        )
        line = OrderLine(id=line_id, product_id=product_id, name="AI SDR", attributes=attributes)
        return Order(
            id=order_id,
            customer_id=self._customer.id,
            billing_contact_ids=(self._contact.id,),
            name=f"Order {number}",
            number=number,
            start_date=START,
            currency="USD",
            payment_terms="Net 30",
            auto_post_invoices=True,
            creation_state=CreationState.ACTIVE,
            activated_at=START,
            lines=(line,),
            **stamps,
        )
