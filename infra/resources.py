"""The shapes of every table, queue, bucket, function and route, as plain data.

CDK (`infra/`) and the local runner (`local/`) read the same rows, so what runs on a desk is what is deployed.
"""

from dataclasses import dataclass, field
from enum import StrEnum

SCHEDULED_RUN_TIME = "cron(10 0 * * ? *)"
"""00:10 UTC each day: late enough that signals of the old day have left the queue (design: billing calendar)."""

SCHEDULED_CHECK_TIME = "cron(0 2 * * ? *)"
"""02:00 UTC each day: what is due then and not billed is a billing run that did not finish."""


class KeyType(StrEnum):
    """DynamoDB's names for the types a key attribute may have."""

    STRING = "S"
    NUMBER = "N"


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    type: KeyType = KeyType.STRING


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index; `include` empty means all attributes are projected."""

    name: str
    partition: Key
    sort: Key
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `append_only` ones refuse, by a policy of their own, to update or delete an item for anybody.

    `streamed` ones tell their changes, with the items before and after; `expiry` names the attribute (seconds since
    1970) after which DynamoDB deletes an item, which costs nothing.
    """

    name: str
    env: str
    partition: Key
    sort: Key
    indexes: tuple[Index, ...] = ()
    append_only: bool = False
    streamed: bool = False
    expiry: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """The changes of a table's items whose sort keys begin with one of `sort_prefixes`: no others start the function.

    The function itself puts aside a change that it cannot read. What raises is an outage: the same batch comes again,
    and those behind it wait, until it is `max_age_hours` old, of the 24 for which a stream keeps a change; then it is
    given up, and a queue tells where it was.
    """

    table: Table
    sort_prefixes: tuple[str, ...]
    batch_size: int = 100
    batch_window_seconds: int = 1
    max_age_hours: int = 23


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; its dead-letter queue `<name>-dead` takes a message after `max_receives` failed deliveries.

    `dead_letters` is the row of that queue where a function reads it; it has no dead letters of its own.
    `visibility_seconds` is at least six times its consumer's timeout plus the batch window, so that a batch still
    being worked on, or waiting for a throttled function, is not delivered twice. Where the function `sets_delays` it
    says itself when a message that failed comes back. A message older than `late_after_seconds` raises an alarm; 0 is
    two deliveries' time: anything older has failed at least once.
    """

    name: str
    env: str
    visibility_seconds: int
    batch_size: int
    batch_window_seconds: int = 0
    max_receives: int = 5
    retention_days: int = 14
    max_concurrency: int = 10
    dead_letters: "Queue | None" = None
    sets_delays: bool = False
    late_after_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `versioned` where what is written over must stay readable."""

    name: str
    env: str
    versioned: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda: `name` is also its package below `functions/`, its handler is `functions.<name>.handler.handler`."""

    name: str
    env: tuple[str, ...]
    trigger: Queue | None = None
    stream: Stream | None = None
    memory_mb: int = 512
    timeout_seconds: int = 29
    layers: tuple[str, ...] = ("runtime",)

    @property
    def handler(self) -> str:
        return f"functions.{self.name}.handler.handler"


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the API: every method of `path` (and, with `subtree`, of everything below it) goes to `function`."""

    path: str
    function: str
    subtree: bool = field(default=True)
    method: str = "ANY"


RECORDS = Table(
    name="records",
    env="RECORDS_TABLE",
    partition=Key("pk"),
    sort=Key("sk"),
    indexes=(Index(name="by_owner", partition=Key("owner"), sort=Key("sk")),),
    streamed=True,
    expiry="expires",
)
SIGNALS = Table(
    name="signals",
    env="SIGNALS_TABLE",
    partition=Key("pk"),
    sort=Key("sk", KeyType.NUMBER),
    indexes=(
        Index(
            name="by_time",
            partition=Key("organization"),
            sort=Key("appended"),
            include=("count", "tallies"),
        ),
    ),
    append_only=True,
)
TABLES = (RECORDS, SIGNALS)

SIGNAL_DEAD_LETTERS = Queue(
    name="signals-dead",
    env="SIGNAL_DEAD_LETTERS_URL",
    visibility_seconds=360,
    batch_size=10,
    max_concurrency=2,
)
SIGNAL_QUEUE = Queue(
    name="signals",
    env="SIGNAL_QUEUE_URL",
    visibility_seconds=740,
    max_receives=10,  # a turn that ran out of time hands work back, and each time finishes some of it
    batch_size=10,
    batch_window_seconds=1,
    max_concurrency=20,
    dead_letters=SIGNAL_DEAD_LETTERS,
)
INVOICE_QUEUE = Queue(name="invoices", env="INVOICE_QUEUE_URL", visibility_seconds=360, batch_size=4)
DOCUMENT_QUEUE = Queue(name="documents", env="DOCUMENT_QUEUE_URL", visibility_seconds=360, batch_size=5)
CREDIT_QUEUE = Queue(
    name="credits",
    env="CREDIT_QUEUE_URL",
    visibility_seconds=400,
    max_receives=10,  # a turn that ran out of time hands work back
    batch_size=20,  # a customer is looked at once in each; a turn has time for ten that take seconds
    batch_window_seconds=5,
    max_concurrency=2,
)
WEBHOOK_QUEUE = Queue(
    name="webhooks",
    env="WEBHOOK_QUEUE_URL",
    visibility_seconds=180,
    max_receives=8,  # as many attempts as the schedule has: functions/billing/models/webhook_retries.py
    batch_size=1,
    sets_delays=True,
    # A message that was received three times does not count for its queue's age any more: older ones are not served.
    late_after_seconds=3600,
)
QUEUES = (SIGNAL_QUEUE, INVOICE_QUEUE, DOCUMENT_QUEUE, CREDIT_QUEUE, WEBHOOK_QUEUE)
DEAD_LETTERS = tuple(queue.dead_letters for queue in QUEUES if queue.dead_letters is not None)

BILLING_CHANGES = Stream(table=RECORDS, sort_prefixes=("cdp_", "inv_", "pay_"))
"""Pointers of external ids may begin so too: the function looks again."""

DOCUMENTS = Bucket(name="documents", env="DOCUMENTS_BUCKET")
SNAPSHOTS = Bucket(name="snapshots", env="SNAPSHOTS_BUCKET", versioned=False)
BUCKETS = (DOCUMENTS, SNAPSHOTS)

FUNCTIONS = (
    Function(name="health", env=()),
    Function(name="products", env=(RECORDS.env,)),
    Function(name="pricing", env=(RECORDS.env,)),
    Function(name="plans", env=(RECORDS.env,)),
    Function(name="customers", env=(RECORDS.env, SIGNALS.env)),
    Function(name="contacts", env=(RECORDS.env,)),
    Function(name="credits", env=(RECORDS.env, SIGNALS.env)),
    Function(name="payments", env=(RECORDS.env,)),
    Function(name="orders", env=(RECORDS.env, INVOICE_QUEUE.env)),
    Function(name="amendments", env=(RECORDS.env, INVOICE_QUEUE.env)),
    Function(
        name="signals",
        env=(RECORDS.env, SIGNALS.env, SNAPSHOTS.env, SIGNAL_QUEUE.env),
        layers=("runtime", "telemetry"),
    ),
    Function(
        name="costs",
        env=(RECORDS.env, SIGNALS.env, SNAPSHOTS.env, SIGNAL_QUEUE.env),
        layers=("runtime", "telemetry"),
    ),
    Function(
        name="traces",
        env=(RECORDS.env, SIGNAL_QUEUE.env),
        memory_mb=1024,  # a batch may come packed: 20 MB become objects
        layers=("runtime", "telemetry"),
    ),
    Function(name="invoices", env=(RECORDS.env, SIGNALS.env, DOCUMENT_QUEUE.env)),
    # A whole processor: it reads a log from its beginning, at about ten milliseconds for a thousand signals.
    Function(name="line_explanations", env=(RECORDS.env, SIGNALS.env), memory_mb=1769),
    Function(name="invoice_previews", env=(RECORDS.env, SIGNALS.env), memory_mb=1024),
    # A whole processor: it adds up to 200,000 costs within its 29 seconds (docs/margin.md).
    Function(name="margins", env=(RECORDS.env, SIGNALS.env, SNAPSHOTS.env), memory_mb=1769),
    Function(
        name="invoice_documents",
        env=(RECORDS.env, DOCUMENTS.env),
        memory_mb=1024,
        layers=("runtime", "typst"),
    ),
    Function(
        name="rate_signals",
        env=(RECORDS.env, SIGNALS.env, SNAPSHOTS.env, DOCUMENTS.env, CREDIT_QUEUE.env),
        trigger=SIGNAL_QUEUE,
        memory_mb=1024,
        timeout_seconds=120,
    ),
    Function(
        name="shelve_signals",
        env=(RECORDS.env, DOCUMENTS.env),
        trigger=SIGNAL_DEAD_LETTERS,
        timeout_seconds=60,
    ),
    # A whole processor: it goes through every day on which each user of a seat ever took credits (docs/credits.md).
    Function(
        name="watch_credits",
        env=(RECORDS.env, SIGNALS.env),
        trigger=CREDIT_QUEUE,
        memory_mb=1769,
        timeout_seconds=60,
    ),
    Function(name="webhooks", env=(RECORDS.env,)),
    Function(
        name="announce_events",
        env=(RECORDS.env, WEBHOOK_QUEUE.env, DOCUMENTS.env),
        stream=BILLING_CHANGES,
        timeout_seconds=60,
    ),
    Function(
        name="deliver_webhooks",
        env=(RECORDS.env, WEBHOOK_QUEUE.env),
        trigger=WEBHOOK_QUEUE,
    ),
    Function(name="start_billing_run", env=(RECORDS.env, INVOICE_QUEUE.env), timeout_seconds=300),
    Function(name="check_billing_run", env=(RECORDS.env,), memory_mb=1024, timeout_seconds=900),
    Function(
        name="generate_invoices",
        env=(RECORDS.env, SIGNALS.env, DOCUMENT_QUEUE.env),
        trigger=INVOICE_QUEUE,
        memory_mb=1024,
        timeout_seconds=60,
    ),
    Function(
        name="render_documents",
        env=(RECORDS.env, DOCUMENTS.env),
        trigger=DOCUMENT_QUEUE,
        memory_mb=1024,
        timeout_seconds=60,
        layers=("runtime", "typst"),
    ),
    Function(
        name="admin",
        env=(
            RECORDS.env,
            SIGNALS.env,
            SIGNAL_QUEUE.env,
            SIGNAL_DEAD_LETTERS.env,
            INVOICE_QUEUE.env,
            DOCUMENT_QUEUE.env,
            WEBHOOK_QUEUE.env,
            DOCUMENTS.env,
        ),
        memory_mb=1769,  # a whole processor: it may read all logs
        timeout_seconds=900,
    ),
)

API_PREFIX = "/api/v2"

ROUTES = (
    Route("/health", "health", subtree=False),
    Route("/openapi.json", "health", subtree=False),
    Route(f"{API_PREFIX}/products", "products"),
    Route(f"{API_PREFIX}/pricing", "pricing"),
    Route(f"{API_PREFIX}/plans", "plans"),
    Route(f"{API_PREFIX}/customers", "customers"),
    Route(f"{API_PREFIX}/contacts", "contacts"),
    Route(f"{API_PREFIX}/credits", "credits"),
    *(
        Route(f"{API_PREFIX}/customers/{form}/credits/{what}", "credits", subtree=False)
        for form in ("{id}", "external/{external_id}")
        for what in ("balances", "grants", "pending-consumption")
    ),
    Route(f"{API_PREFIX}/orders", "orders"),
    *(
        Route(f"{API_PREFIX}/orders/{{id}}/amendments{what}", "amendments", subtree=False)
        for what in ("", "/options", "/preview")
    ),
    Route(f"{API_PREFIX}/payments", "payments"),
    Route(f"{API_PREFIX}/payment-allocations", "payments"),
    Route(f"{API_PREFIX}/signals", "signals"),
    Route(f"{API_PREFIX}/costs", "costs"),
    Route("/v1/traces", "traces", subtree=False, method="POST"),
    Route(f"{API_PREFIX}/invoices", "invoices"),
    Route(f"{API_PREFIX}/webhooks", "webhooks"),
    Route(f"{API_PREFIX}/invoices/{{id}}/pdf", "invoice_documents", subtree=False),
    Route(f"{API_PREFIX}/invoices/{{id}}/lines/{{line_id}}/explanation", "line_explanations", subtree=False),
    Route(f"{API_PREFIX}/orders/{{id}}/invoice-preview", "invoice_previews", subtree=False),
    *(
        Route(f"{API_PREFIX}/{path}", "margins", subtree=False)
        for path in (
            "customers/{id}/margin",
            "customers/external/{external_id}/margin",
            "customers/external/{external_id}/costs",
            "products/{id}/margin",
            "products/external/{external_id}/margin",
            "signals/{id}/cost",
            "traces",
        )
    ),
)
DEFAULT_FUNCTION = "health"
"""Answers whatever no route matches, with the API's own 404 body."""

SCHEDULED_FUNCTION = "start_billing_run"
"""Receives `{"as_of": "YYYY-MM-DD"}` (or EventBridge Scheduler's scheduled time) once a day."""

CHECKING_FUNCTION = "check_billing_run"
"""Receives the same, later: nobody calls it on a desk, where there is no alarm that it could raise."""
