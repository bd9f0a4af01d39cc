"""Which calls of a batch are told twice: by the span of a wrapper and by one of the library within it, or beside it.

One counts, and which, is decided when all are priced, by what each brings. This sees one batch; where a batch ends
between the two, what tells them for one is the vendor's id of the answer, if both have it (see `entries`), what a
span says by itself (see `meaning`), or, where each comes alone, what the other has left (see `apart`).
"""

from collections.abc import Iterable, Sequence

from functions.billing.telemetry.beside import without_those_beside
from functions.billing.telemetry.entries import UNATTRIBUTED
from functions.billing.telemetry.nested import without_nested
from functions.billing.telemetry.span import Span
from functions.billing.telemetry.told import Told


def without_repeats(told: Sequence[Told], spans: Iterable[Span]) -> list[Told]:
    """Those that count, in their order; `spans` are all of the batch, for between two calls there may be others."""
    if len(told) < 2:  # noqa: PLR2004 - a single one repeats none
        return list(told)
    return without_those_beside(without_nested(_best_of_each_key(told), spans))


def _best_of_each_key(told: Iterable[Told]) -> list[Told]:
    """Of those whose entries have one key: one of a customer, then one with a price, then the one that began last."""
    best: dict[str, Told] = {}
    for each in told:
        key = each.entry.idempotency_key
        if key not in best or _rank(each) > _rank(best[key]):
            best[key] = each
    return list(best.values())


def _rank(told: Told) -> tuple[bool, bool, int, int, str, str]:
    customer = told.entry.external_customer_id or ""
    has_own = customer != UNATTRIBUTED
    return has_own, told.is_priced, told.call.tokens, told.span.started_nano, told.span.span_id, customer
