"""The guide's journey against the deployed API, through the published client, in the months that are just over."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from paid import Cost_Cost, Cost_Usage, CustomerByExternalId, Invoice, Paid, ProductByExternalId, Signal, TokenUsage

from infra.resources import API_PREFIX, ROUTES
from local import guide
from local.deployment.errors import StepFailedError
from local.deployment.spans import COST, JSON, NOBODYS_KEY, PATH, Export, exports, keyed_within
from local.deployment.waiting import check, until

TIMEOUT_SECONDS = 60
BULK = 1_000
DUE = ("2025-06-01", "2025-07-01")
"""The guide's days on which our order owes as much: its start, and a month later."""
MARGIN = ("2274.00", "0.0607", "2273.9393")
"""Of last month: setup 1,000, platform 500, seats 300, emails 124 and meetings 350, less five calls at 0.0075, a record
of 0.0125, 1,200 tokens at 2.50 and 340 at 10.00 a million, and 0.0043 that a signal brought."""


class Journey:
    """An order that began on the first of last month: two invoices of it are due today, on whichever day this runs."""

    def __init__(self, root: str, key: str) -> None:
        self._key = key
        self._paid = Paid(token=key, base_url=f"{root}{API_PREFIX}", timeout=TIMEOUT_SECONDS)
        self._http = httpx.Client(
            base_url=root, headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT_SECONDS, trust_env=False
        )
        self._start = _first_of_last_month(datetime.now(UTC))
        self._bulks = list(self._signals())
        self._order_id = ""

    @property
    def signals(self) -> int:
        return sum(map(len, self._bulks))

    def sell(self) -> str:
        product = guide.create_product(self._paid)
        _, _, order = guide.sign_order(self._paid, product.id, self._start)
        self._order_id = order.id
        return f"order {order.id} from {self._start:%Y-%m-%d}"

    def activate(self) -> None:
        check("the order's state", self._paid.orders.activate_order_by_id(self._order_id).creation_state, "active")

    def use(self) -> str:
        """The signals of last month, and the first bulk of them once more."""
        answers = [self._paid.signals.create_signals(signals=bulk) for bulk in self._bulks]
        check("ingested signals", sum(answer.ingested for answer in answers), self.signals)
        until(lambda: self.logged() >= self.signals, "all signals are in the log")
        again = self._paid.signals.create_signals(signals=self._bulks[0])
        check("duplicates of the first bulk", (again.ingested, again.duplicates), (0, len(self._bulks[0])))
        return f"{self.signals:,} signals counted once"

    def trace(self) -> str:
        """A call of a model in each form of OTLP, all of them twice; by a key that is nobody's, none."""
        moment = self._start + timedelta(days=1)
        sent = list(exports(self._key, moment))
        for export in [*sent, *sent]:
            answer = self._export(export)
            nothing = {} if export.headers["content-type"] == JSON else b""
            said = answer.json() if export.headers["content-type"] == JSON else answer.content
            check(f"the answer to spans by {export.form}", (answer.status_code, said), (httpx.codes.OK, nothing))
        for export in keyed_within(NOBODYS_KEY, moment):
            refused = self._export(export).status_code
            check(f"the answer to nobody's key by {export.form}", refused, httpx.codes.FORBIDDEN)
        until(lambda: len(self._traces()) >= len(sent), "all calls are in the log")
        costs = {trace["attributes"]["metadata"]["form"]: trace["cost"]["amount"] for trace in self._traces()}
        check("what the calls cost", costs, dict.fromkeys((export.form for export in sent), COST))
        return f"{len(self._traces())} calls counted once: {', '.join(sorted(costs))}"

    def cost(self) -> str:
        """An amount and tokens as records, and what a signal of an event that nobody bills cost, in its data."""
        before, moment = len(self._traces()), self._start + timedelta(days=1)
        customer = CustomerByExternalId(external_customer_id=guide.CUSTOMER)
        product = ProductByExternalId(external_product_id=guide.PRODUCT)
        of: dict[str, Any] = {"customer": customer, "product": product, "timestamp": moment}
        tokens = TokenUsage(input_tokens=1_200, output_tokens=340)
        taken = self._paid.costs.create_costs(
            costs=[
                Cost_Cost(amount=0.0125, currency="USD", vendor="a speech service", **of),
                Cost_Usage(vendor="openai", model="gpt-4o", usage=tokens, **of),
            ],
            request_options={"max_retries": 0},
        )
        check("ingested costs", taken.ingested, 2)
        own = {"costData": {"vendor": "deepgram", "cost": {"amount": 0.0043, "currency": "USD"}}}
        answered = Signal(
            event_name="call_answered",
            customer=customer,
            attribution=product,
            timestamp=moment,
            data=own,
            idempotency_key="call-0",
        )
        sent = self._paid.signals.create_signals(signals=[answered])
        check("ingested signals with a cost", sent.ingested, 1)
        until(lambda: len(self._traces()) >= before + 3, "the costs are in the log")
        amounts = sorted(trace["cost"]["amount"] for trace in self._traces()[:3])
        check("what was recorded last", amounts, [0.0043, 0.0064, 0.0125])
        return " + ".join(map(str, amounts))

    def margin(self) -> str:
        """Of last month, when both invoices are posted."""
        days = {"from": f"{self._start:%Y-%m-%d}", "to": f"{self._start + timedelta(days=31):%Y-%m}-01"}
        path = f"{API_PREFIX}/customers/external/{guide.CUSTOMER}/margin"
        (dollars,) = self._http.get(path, params=days).raise_for_status().json()["currencies"]
        check("the margin", (dollars["invoiced"], dollars["cost"], dollars["margin"]), MARGIN)
        return "{} - {} = {} USD".format(*MARGIN)

    def _export(self, export: Export) -> httpx.Response:
        """Without a header that the export does not name."""
        url = str(self._http.base_url).removesuffix("/") + PATH
        return httpx.post(url, content=export.body, headers=export.headers, timeout=TIMEOUT_SECONDS, trust_env=False)

    def _traces(self) -> Sequence[Any]:
        traces: Sequence[Any] = self._http.get(f"{API_PREFIX}/traces").raise_for_status().json()["traces"]
        return traces

    def send_one_more(self) -> None:
        """Of an event that nobody bills."""
        signal = self._bulks[0][0].model_copy(update={"event_name": "looked", "idempotency_key": "looked-0"})
        self._paid.signals.create_signals(signals=[signal], request_options={"max_retries": 0})

    def logged(self) -> int:
        return int(self._paid.signals.list_signals(limit=1).pagination.total)

    def invoices(self) -> Sequence[Invoice]:
        """By the day they were issued."""
        return sorted(self._paid.invoices.list_invoices().data, key=lambda invoice: invoice.issue_date)

    def check_invoices(self) -> str:
        """The older of two is a draft still (a backdated order's are), and is posted here."""
        invoices = self.invoices()
        owed = [guide.OWED_MINOR[day] for day in DUE]
        check("what the invoices come to", [int(invoice.invoice_total) for invoice in invoices], owed)
        for invoice in invoices:
            if invoice.status != "posted":
                self._http.post(f"{API_PREFIX}/invoices/{invoice.id}/post").raise_for_status()
        numbers = sorted(str(invoice.display_number) for invoice in self.invoices())
        check("the numbers of the invoices", numbers, ["INV-000001", "INV-000002"])
        return f"{', '.join(numbers)}: {' + '.join(f'{minor / 100:,.2f}' for minor in owed)} USD"

    def pdf(self, invoice: Invoice) -> bytes:
        """As the API serves it."""
        return self._http.get(f"{API_PREFIX}/invoices/{invoice.id}/pdf").raise_for_status().content

    def ask_every_route(self) -> str:
        """GET of each row of the route table: a function without a grant, a setting or a module answers with a 5xx."""
        invoice = self.invoices()[-1]
        line = self._paid.invoices.get_invoice_lines(invoice.id).data[-1]
        answers = {}
        for route in ROUTES:
            id_of = self._order_id if "/orders" in route.path else invoice.id
            path = route.path.replace("{id}", id_of).replace("{line_id}", line.id)
            answers[path] = self._http.get(path).status_code
        broken = {path: status for path, status in answers.items() if status >= httpx.codes.INTERNAL_SERVER_ERROR}
        if broken:
            raise StepFailedError(f"These routes answered with a fault of ours: {broken}.")
        refused = httpx.get(f"{self._http.base_url}{API_PREFIX}/products", trust_env=False)
        check("the answer to a call without a key", refused.status_code, httpx.codes.FORBIDDEN)
        return f"{len(answers)} routes answer, none without a key"

    def _signals(self) -> Iterator[Sequence[Signal]]:
        """The guide's June in nine tenths of its time, so that it ends within a February.

        In few bulks: ministack does not wait for a batch, and starts a process for each message that comes meanwhile.
        """
        june = [signal for bulk in guide.june_in_bulks() for signal in bulk]
        for start in range(0, len(june), BULK):
            bulk = june[start : start + BULK]
            yield [signal.model_copy(update={"timestamp": self._moved(signal.timestamp)}) for signal in bulk]

    def _moved(self, moment: datetime | None) -> datetime:
        elapsed = timedelta() if moment is None else moment - guide.START
        return self._start + elapsed * 9 / 10


def _first_of_last_month(now: datetime) -> datetime:
    this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (this_month - timedelta(days=1)).replace(day=1)
