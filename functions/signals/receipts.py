"""Signals with their receipts; apart from the handler, so that whoever sends signals does not wait for it to load."""

from collections.abc import Sequence

from functions.billing.models.signal import LoggedSignal
from functions.runtime.api import Request
from functions.signals.receipt_schemas import KeyPath, KeyQuery, ReceiptOut, ReceiptsOut, receipt_out
from functions.wiring import receipts


def with_receipts(request: Request, signals: Sequence[LoggedSignal]) -> list[ReceiptOut]:
    found = receipts.read_receipts()(request.organization_id, signals)
    return [receipt_out(signal, receipt) for signal, receipt in zip(signals, found, strict=True)]


def receipts_of_key(request: Request) -> ReceiptsOut:
    query = request.query_as(KeyQuery)
    found = receipts.find_signals()(
        request.organization_id,
        KeyPath.of(request.parameters, request.event["rawPath"]),
        customer_id=query.customer_id,
        external_customer_id=query.external_customer_id,
    )
    return ReceiptsOut(idempotency_key=found.idempotency_key, receipts=with_receipts(request, found.signals))
