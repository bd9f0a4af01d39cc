"""The body of a webhook (contract: section 6): made once for an event, and sent as it is by every attempt."""

from datetime import datetime

from functions.billing.invoicing.happenings import Happening
from functions.billing.models.webhook import Announcement, WebhookEvent
from functions.runtime.invoice_wire import invoice_out
from functions.runtime.wire import Json, MomentOut, Wire


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
    """The invoice in it is what `GET /invoices/{id}` answered at that moment."""
    invoice = invoice_out(happening.invoice, today=happening.day).model_dump(mode="json", by_alias=True)
    return Announcement(
        id=happening.announcement_id,
        organization_id=happening.organization_id,
        event=happening.event,
        body=envelope(happening.event, at=happening.at, data={"invoice": invoice}),
    )
