"""Requests of any signals, one after the other, through the front door and into the log: each signal has an answer."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.models.segment import LogId
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Delivered
from functions.runtime.signal_messages import Origin
from functions.runtime.signal_request import SignalRequest
from functions.runtime.signal_wire import BulkRequest
from tests.builders import NOW
from tests.fakes.shop import ORG, Shop

LIVE = Sender(ORG, received_at=NOW, is_test=False)

CUSTOMERS = (
    {"externalCustomerId": "acme"},
    {"customerId": "cus_1"},
    {"externalCustomerId": "new"},
    {"customerId": "cus_9"},
)
TIMES = (None, "2025-05-20T10:30:00Z", (NOW + timedelta(hours=25)).isoformat())

SIGNALS = st.fixed_dictionaries(
    {"eventName": st.sampled_from(["email_sent"] * 8 + ["", None]), "customer": st.sampled_from([*CUSTOMERS, {}])},
    optional={
        "timestamp": st.sampled_from(TIMES),
        "idempotencyKey": st.sampled_from(["1", "2", "3", None]),
        "data": st.sampled_from([{"n": 1}, {"n": 2}, None]),
        "more": st.none(),
    },
)


@given(st.lists(st.lists(st.one_of(SIGNALS, SIGNALS, SIGNALS, st.none()), max_size=12), min_size=1, max_size=4))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_each_signal_is_ingested_a_duplicate_or_failed_and_what_is_ingested_is_logged(
    requests: list[list[Any]],
) -> None:
    """No copy is in flight here: so what the front door takes for new, the log takes too."""
    shop = Shop()

    for number, signals in enumerate(requests):
        sent = request_of(signals, request_id=f"request {number}")

        accepted = shop.accept(LIVE, sent)

        failed = {failure.index for failure in (*sent.failures, *accepted.failures)}
        assert accepted.ingested + accepted.duplicates + len(failed) == len(signals)
        assert len(failed) == len(sent.failures) + len(accepted.failures)
        assert failed.isdisjoint(conflict.index for conflict in accepted.conflicts)
        assert len(accepted.conflicts) <= accepted.duplicates
        assert worked_off(shop) == (accepted.ingested, 0)


def request_of(signals: list[Any], *, request_id: str) -> SignalRequest:
    body = json.dumps({"signals": signals}).encode()
    return SignalRequest.read(
        Origin(ORG, NOW, request_id), body, lambda: BulkRequest.model_validate({"signals": signals})
    )


def worked_off(shop: Shop) -> tuple[int, int]:
    """How many signals of the queue were appended, and how many were repeats."""
    appended = duplicates = 0
    append = shop.append
    by_log: dict[LogId, list[Delivered]] = {}
    while shop.signal_queue.sent:
        batch = shop.signal_queue.sent.pop()
        for signal in batch.signals:
            log = LogId(ORG, append.customer_of(ORG, signal, now=NOW))
            by_log.setdefault(log, []).append(Delivered(signal, batch.source))
    for log, delivered in by_log.items():
        done = append.append(log, delivered, now=NOW)
        appended, duplicates = appended + done.appended, duplicates + done.duplicates
    return appended, duplicates
