"""What happened, in numbers: lines of CloudWatch's embedded metric format, of which CloudWatch makes metrics.

Such a line is a log line like any other: no call to AWS, no permission, no library that a cold start would load. Lambda
hands on a line that is a JSON object as it is, also where its log format is JSON, and takes it for one of level INFO:
with `log_level` above that the metrics end (docs/monitoring.md).

Metrics are for watching. A process that dies between its write and this line has not said what it did, and nobody says
it later: what is true of signals, `owed balance` knows.
"""

import json
import sys
from collections.abc import Mapping
from enum import StrEnum

from functions.runtime import settings
from functions.runtime.chance import real_now

NAMESPACE = "Owed"

DIMENSION = "function"
"""The only one: each further value of a dimension makes metrics of their own, at $0.30 a month each."""


class Metric(StrEnum):
    """The name of each metric; which function says it: `infra/metrics.py`."""

    SIGNALS_ACCEPTED = "SignalsAccepted"
    SIGNALS_DUPLICATE = "SignalsDuplicate"
    SIGNALS_FAILED = "SignalsFailed"
    SIGNALS_COUNTED = "SignalsCounted"
    SIGNALS_UNATTRIBUTED = "SignalsUnattributed"
    SIGNALS_REJECTED = "SignalsRejected"
    SIGNAL_LAG = "SignalLag"
    ORDERS_DUE = "OrdersDue"
    BILLING_RUN_UNFINISHED = "BillingRunUnfinished"
    INVOICES_CREATED = "InvoicesCreated"
    INVOICES_POSTED = "InvoicesPosted"
    DOCUMENTS_STORED = "DocumentsStored"
    EVENTS_ANNOUNCED = "EventsAnnounced"
    EVENTS_PARKED = "EventsParked"
    WEBHOOKS_DELIVERED = "WebhooksDelivered"
    WEBHOOKS_FAILED = "WebhooksFailed"

    @property
    def unit(self) -> str:
        return "Seconds" if self is Metric.SIGNAL_LAG else "Count"


def measure(values: Mapping[Metric, int], **ids: str) -> None:
    """Writes one line with these values, zeros too; `ids` stand beside them, to be searched for and nothing else."""
    definitions = [{"Name": metric.value, "Unit": metric.unit} for metric in values]
    line = {
        "_aws": {
            "Timestamp": int(real_now().timestamp() * 1000),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions}],
        },
        DIMENSION: settings.function_name(),
        **{metric.value: value for metric, value in values.items()},
        **ids,
    }
    sys.stdout.write(f"{json.dumps(line)}\n")  # in one piece: the lines of two threads do not mix


def count(values: Mapping[Metric, int], **ids: str) -> None:
    """As `measure`, but for what did not happen; nothing where nothing did."""
    happened = {metric: value for metric, value in values.items() if value > 0}
    if happened:
        measure(happened, **ids)
