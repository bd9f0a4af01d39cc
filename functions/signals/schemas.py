"""Signals on the wire (contract 3.1)."""

from collections.abc import Iterable, Sequence

from functions.billing.usecases.accept_signals import Accepted, Failure
from functions.runtime.wire import FromMoment, Paging, ToMoment, Wire

MAX_SHOWN_BYTES = 2_800_000
"""280 for each of 10,000 failures. Lambda answers with at most 6 MB, in which each quote takes up to twice its room."""


class FailureOut(Wire):
    """Beyond the contract: which signal was refused, or reuses a key, and why."""

    index: int
    code: str
    error: str


class BulkResponse(Wire):
    """`failures` names each of the `failed`, in their order, as long as there is room: see `MAX_SHOWN_BYTES`.

    `conflicts` names those of the duplicates whose key came with other values before, up to a thousand.
    """

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
    shown, room = list[FailureOut](), MAX_SHOWN_BYTES
    for each in sorted(failures, key=lambda failure: failure.index):
        failure = FailureOut(index=each.index, code=each.error.code, error=each.error.sentence)
        room -= len(failure.model_dump_json().encode())
        if room < 0:
            break
        shown.append(failure)
    return shown


class SignalQuery(Paging):
    """The filters of the listing; `createdAt` is the time of ingestion, not of the event (contract 3.1)."""

    signal_name: str | None = None
    customer_id: str | None = None
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    created_at_from: FromMoment | None = None
    created_at_to: ToMoment | None = None
