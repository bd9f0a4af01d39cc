"""What a test sends: plausible data of each event, the same every time but for the day.

Invoices and payments have the very shape of real ones; what nothing of ours makes yet is named as the published types
of the same things name it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Allocation, Invoice, InvoiceLine, InvoiceStatus, Party
from functions.billing.models.payment import Payment, PaymentType
from functions.billing.models.pricing import CREDIT_DIGITS, ChargeType
from functions.billing.models.webhook import WebhookEvent
from functions.billing.periods import day_of, midnight
from functions.runtime.invoice_wire import invoice_out
from functions.runtime.webhook_envelope import depletion_told, overage_told, payment_told
from functions.runtime.wire import Json

_CUSTOMER, _INVOICE, _CURRENCY = "cus_test", "inv_test", "USD"
_FEE_MINOR = 500_00


def sample_data(event: WebhookEvent, *, now: datetime) -> dict[str, Json]:
    """The `data` of the envelope."""
    kind, make = _SAMPLES[event]
    return {kind: make(now)}


def _invoice(now: datetime) -> Json:
    return _shown(_draft(now), now)


def _posted_invoice(now: datetime) -> Json:
    return _shown(_draft(now).posted(number=1, now=now), now)


def _paid_invoice(now: datetime) -> Json:
    posted = _draft(now).posted(number=1, now=now)
    whole = Allocation(
        id="pal_test", payment_id="pay_test", line_id="line_test", amount_minor=_FEE_MINOR, allocated_at=now
    )
    return _shown(posted.with_allocation(whole), now)


def _draft(now: datetime) -> Invoice:
    today = day_of(now)
    line = InvoiceLine(
        id="line_test",
        order_line_id="line_test",
        order_line_attribute_id="attribute_test",
        charge_type=ChargeType.RECURRING,
        description="Platform fee",
        period_start=today,
        period_end=today + timedelta(days=30),
        quantity=1,
        billed_quantity=1,
        unit_price_minor=_FEE_MINOR,
        amount_minor=_FEE_MINOR,
    )
    return Invoice(
        id=_INVOICE,
        created_at=now,
        updated_at=now,
        order_id="ord_test",
        customer_id=_CUSTOMER,
        status=InvoiceStatus.DRAFT,
        issue_date=today,
        due_date=today + timedelta(days=30),
        currency=_CURRENCY,
        lines=(line,),
        seller=Party(name="Test Seller"),
        buyer=Party(name="Test Buyer"),
    )


def _shown(invoice: Invoice, now: datetime) -> Json:
    return invoice_out(invoice, today=day_of(now)).model_dump(mode="json", by_alias=True)


def _checkout(status: str) -> Callable[[datetime], Json]:
    def make(now: datetime) -> Json:
        return {"id": "chk_test", "customerId": _CUSTOMER, "status": status, "createdAt": _text(now)}

    return make


def _payment(status: str) -> Callable[[datetime], Json]:
    def make(now: datetime) -> Json:
        payment = Payment(
            id="pay_test",
            number=1,
            customer_id=_CUSTOMER,
            amount_minor=_FEE_MINOR,
            currency=_CURRENCY,
            paid_at=midnight(day_of(now)),
            payment_type=PaymentType.BANK_TRANSFER,
            created_at=now,
            updated_at=now,
        )
        return {**payment_told(payment), "status": status}

    return make


def _credits(now: datetime) -> Json:
    return depletion_told(
        CreditsDepletion(
            id="cdp_test",
            customer_id=_CUSTOMER,
            credits_currency_id="cc_test",
            noticed_at=midnight(day_of(now)),
        )
    )


def _overage(now: datetime) -> Json:
    (fee,) = _draft(now).lines
    changes = {
        "credits_currency_id": "cc_test",
        "quantity": 10 * 10**CREDIT_DIGITS,
        "amount_minor": 10_00,
    }
    beyond = _draft(now).model_copy(update={"lines": (fee.model_copy(update=changes),)})
    return overage_told(beyond, at=midnight(day_of(now)))


def _text(now: datetime) -> str:
    return midnight(day_of(now)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


_SAMPLES: Mapping[WebhookEvent, tuple[str, Callable[[datetime], Json]]] = {
    WebhookEvent.INVOICE_CREATED: ("invoice", _invoice),
    WebhookEvent.INVOICE_POSTED: ("invoice", _posted_invoice),
    WebhookEvent.INVOICE_PAID: ("invoice", _paid_invoice),
    WebhookEvent.CHECKOUT_CREATED: ("checkout", _checkout("open")),
    WebhookEvent.CHECKOUT_COMPLETED: ("checkout", _checkout("completed")),
    WebhookEvent.CHECKOUT_EXPIRED: ("checkout", _checkout("expired")),
    WebhookEvent.PAYMENT_SUCCEEDED: ("payment", _payment("posted")),
    WebhookEvent.PAYMENT_FAILED: ("payment", _payment("failed")),
    WebhookEvent.CREDITS_DEPLETED: ("credits", _credits),
    WebhookEvent.OVERAGE_INCURRED: ("overage", _overage),
    WebhookEvent.CREDIT_CAP_REACHED: ("credits", _credits),
}
