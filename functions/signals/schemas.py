"""Signals on the wire (contract 3.1)."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from functions.billing.models.signal import LoggedSignal
from functions.billing.usecases.accept_signals import Accepted, Failure
from functions.runtime.wire import FromMoment, MomentOut, Paging, ToMoment, Wire

MAX_SHOWN_FAILURES = 1000
"""A body may hold a hundred thousand signals, all bad; Lambda gives back no more than it takes."""


class FailureOut(Wire):
    """Beyond the contract: which signal was refused, or reuses a key, and why."""

    index: int
    code: str
    error: str


class BulkResponse(Wire):
    """`failed` counts all, `failures` shows no more than the first thousand. So do `conflicts`, of the duplicates."""

    ingested: int
    duplicates: int
    failed: int
    failures: list[FailureOut]
    conflicts: list[FailureOut]


def bulk_response(accepted: Accepted, unreadable: Sequence[Failure]) -> BulkResponse:
    failures = [*unreadable, *accepted.failures]
    return BulkResponse(
        ingested=accepted.ingested,
        duplicates=accepted.duplicates,
        failed=len(failures),
        failures=_shown(failures),
        conflicts=_shown(accepted.conflicts),
    )


def _shown(failures: Iterable[Failure]) -> list[FailureOut]:
    in_order = sorted(failures, key=lambda failure: failure.index)[:MAX_SHOWN_FAILURES]
    return [FailureOut(index=each.index, code=each.error.code, error=each.error.sentence) for each in in_order]


class SignalQuery(Paging):
    """The filters of the listing; `createdAt` is the time of ingestion, not of the event (contract 3.1)."""

    signal_name: str | None = None
    customer_id: str | None = None
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    created_at_from: FromMoment | None = None
    created_at_to: ToMoment | None = None


class SignalOut(Wire):
    """A logged signal. `occurredAt` is ours: the event's own time, which billing goes by."""

    id: str
    name: str
    customer_id: str
    external_customer_id: str | None
    product_id: str | None
    external_product_id: str | None
    trace_id: str | None
    data: dict[str, JsonValue] | None
    created_at: MomentOut
    occurred_at: MomentOut


def signal_out(signal: LoggedSignal) -> SignalOut:
    return SignalOut(
        id=signal.id,
        name=signal.event_name,
        customer_id=signal.customer_id,
        external_customer_id=signal.external_customer_id,
        product_id=signal.product_id,
        external_product_id=signal.external_product_id,
        trace_id=None,
        data=signal.data,
        created_at=signal.logged_at,
        occurred_at=signal.occurred_at,
    )
