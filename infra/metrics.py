"""The metrics that the functions write as log lines (`functions/runtime/metrics.py`), by the function that does.

Each pair of function and metric is a metric of its own to CloudWatch, and to its bill.
"""

NAMESPACE = "Owed"
DIMENSION = "function"

METRICS: dict[str, tuple[str, ...]] = {
    "signals": ("SignalsAccepted", "SignalsDuplicate", "SignalsFailed"),
    "costs": ("SignalsAccepted", "SignalsDuplicate"),
    "traces": ("SignalsAccepted", "SignalsFailed"),
    "rate_signals": (
        "SignalsCounted",
        "SignalsUnattributed",
        "SignalsDuplicate",
        "SignalsRejected",
        "SignalLag",
    ),
    "shelve_signals": ("SignalsRejected",),
    "start_billing_run": ("OrdersDue",),
    "check_billing_run": ("BillingRunUnfinished",),
    "generate_invoices": ("InvoicesCreated", "InvoicesPosted"),
    "invoices": ("InvoicesPosted",),
    "render_documents": ("DocumentsStored",),
    "announce_events": ("EventsAnnounced", "EventsParked"),
    "deliver_webhooks": ("WebhooksDelivered", "WebhooksFailed"),
}


def functions_of(metric: str) -> tuple[str, ...]:
    """Who writes it."""
    return tuple(function for function, metrics in METRICS.items() if metric in metrics)
