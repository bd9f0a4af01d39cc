"""The body of a webhook (contract: section 6): made once for an event, and sent as it is by every attempt."""

from datetime import datetime

from functions.billing.invoicing.happenings import Happening
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment, PaymentType, RecordedStatus
from functions.billing.models.webhook import Announcement, WebhookEvent
from functions.runtime.credit_wire import credits_of
from functions.runtime.invoice_wire import invoice_out
from functions.runtime.wire import Json, MomentOut, NumberOut, Wire


class Envelope(Wire):
    """`data` has one name, that of the kind of thing; `timestamp` is when it happened, not when it is sent."""

    event: WebhookEvent
    timestamp: MomentOut
    is_test: bool
    data: dict[str, Json]


def envelope(event: WebhookEvent, *, at: datetime, data: dict[str, Json], is_test: bool = False) -> str:
    body = Envelope(event=event, timestamp=at, is_test=is_test, data=data)
    return body.model_dump_json(by_alias=True)


def announcement(happening: Happening) -> Announcement:
    """What is in it of an invoice is what `GET /invoices/{id}` answered at that moment."""
    return Announcement(
        id=happening.announcement_id,
        organization_id=happening.organization_id,
        event=happening.event,
        body=envelope(happening.event, at=happening.at, data=_data(happening)),
    )


def _data(happening: Happening) -> dict[str, Json]:
    match happening.subject:
        case Invoice() as invoice if happening.event is WebhookEvent.OVERAGE_INCURRED:
            return {"overage": overage_told(invoice, at=happening.at)}
        case Invoice() as invoice:
            return {"invoice": invoice_out(invoice, today=happening.day).model_dump(mode="json", by_alias=True)}
        case Payment() as payment:
            return {"payment": payment_told(payment)}
        case CreditsDepletion() as depletion:
            return {"credits": depletion_told(depletion)}


class DepletionTold(Wire):
    """Whose credits, of which currency, were used up; `balance` is what was left then, which is nothing."""

    customer_id: str
    credits_currency_id: str
    balance: int = 0
    occurred_at: MomentOut


def depletion_told(depletion: CreditsDepletion) -> Json:
    told = DepletionTold(
        customer_id=depletion.customer_id,
        credits_currency_id=depletion.credits_currency_id,
        occurred_at=depletion.noticed_at,
    )
    return told.model_dump(mode="json", by_alias=True)


class CreditsBeyond(Wire):
    """`quantity` is in credits, `amount` in minor units before tax."""

    credits_currency_id: str
    quantity: NumberOut
    amount: int


class OverageTold(Wire):
    """What an invoice charges for credits beyond those granted; `amount` is without tax."""

    customer_id: str
    order_id: str
    invoice_id: str
    currency: str
    amount: int
    credits: list[CreditsBeyond]
    occurred_at: MomentOut


def overage_told(invoice: Invoice, *, at: datetime) -> Json:
    beyond = [
        CreditsBeyond(
            credits_currency_id=line.credits_currency_id or "",
            quantity=credits_of(line.quantity - line.billed_before),
            amount=line.amount_minor,
        )
        for line in invoice.overage_lines
    ]
    told = OverageTold(
        customer_id=invoice.customer_id,
        order_id=invoice.order_id,
        invoice_id=invoice.id,
        currency=invoice.currency,
        amount=sum(each.amount for each in beyond),
        credits=beyond,
        occurred_at=at,
    )
    return told.model_dump(mode="json", by_alias=True)


class PaymentTold(Wire):
    """What the contract shows of it, and how much it is. Nothing here charges anybody, so three are always null."""

    id: str
    invoice_id: str | None = None
    invoice_number: str | None = None
    external_payment_id: str | None = None
    customer_id: str
    status: RecordedStatus
    number: int
    amount: int
    currency: str
    payment_type: PaymentType
    payment_date: MomentOut


def payment_told(payment: Payment) -> Json:
    told = PaymentTold(
        id=payment.id,
        customer_id=payment.customer_id,
        status=payment.status,
        number=payment.number,
        amount=payment.amount_minor,
        currency=payment.currency,
        payment_type=payment.payment_type,
        payment_date=payment.paid_at,
    )
    return told.model_dump(mode="json", by_alias=True)
