"""Invoice queue → invoices: some orders a message."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.models.invoice import InvoiceStatus
from functions.runtime.chance import real_now
from functions.runtime.messages import BillOrdersMessage
from functions.runtime.metrics import Metric, count
from functions.runtime.queue import BatchAnswer, handle_each
from functions.wiring import identity, running

logger = Logger(service="owed")


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    del context
    return handle_each(event, _bill)


def _bill(body: str) -> None:
    message = BillOrdersMessage.model_validate_json(body)
    now = identity.organizations().get(message.organization).now(real_now())
    invoices = running.bill_orders()(message.organization, message.orders, as_of=message.as_of, now=now)
    posted = sum(invoice.status is InvoiceStatus.POSTED for invoice in invoices)
    count({Metric.INVOICES_CREATED: len(invoices), Metric.INVOICES_POSTED: posted})
    logger.info(
        "orders billed",
        extra={
            "organization_id": message.organization,
            "orders": message.orders,
            "invoices": [invoice.id for invoice in invoices],
        },
    )
