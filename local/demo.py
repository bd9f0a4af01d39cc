"""`make demo`: a fresh system, the guide's ten minutes through the published client, and the invoices in the end."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeVar

import boto3
import httpx
from paid import Invoice, Paid
from paid.core.api_error import ApiError

from infra.resources import DOCUMENTS
from local import guide
from local.admin import Admin, local_invoke
from local.data_directory import DataDirectory, Endpoint
from local.errors import AdminError, CannotStartError
from local.next_steps import NEXT_STEPS
from local.resources import physical_name
from local.system import FIRST_ORGANIZATION, running_system

DOCUMENTS_COPY = Path(".local") / "demo"
PATIENCE_SECONDS = 60

Found = TypeVar("Found")


class DemoFailedError(Exception):
    """The guide came to another end than it must; the sentence says where."""


class Demo:
    """One playing of the guide against a running system; tells each step to `terminal`."""

    def __init__(self, endpoint: Endpoint, admin: Admin, terminal: TextIO) -> None:
        self._endpoint = endpoint
        self._admin = admin
        self._terminal = terminal
        self._paid = Paid(token=endpoint.key, base_url=endpoint.api)

    def play(self) -> None:
        self._step(f"An organization and its first API key (today is {guide.BEFORE} there)")
        self._tell(f"{FIRST_ORGANIZATION}  {self._endpoint.organization}")
        self._tell(f"{self._endpoint.key}  (the secret is shown this once)")
        product_id = self._sell_a_product()
        self._sign_an_order(product_id)
        self._let_june_happen()
        for day in guide.DUE_DAYS:
            self._advance(day)
        self._show_invoices()

    def _sell_a_product(self) -> str:
        self._step("A product with five prices")
        product = guide.create_product(self._paid)
        self._tell(f"{product.name}  {product.id}  external id {product.external_id}, code {product.product_code}")
        for attribute in product.product_attributes:
            if attribute.pricing is not None:
                price = attribute.pricing.price_points[0].unit_price
                self._tell(f"{attribute.name:<16} {_dollars(price):>10}  {attribute.pricing.pricing_type}")
        return str(product.id)

    def _sign_an_order(self, product_id: str) -> None:
        self._step(f"A customer, a contact, and an order for {guide.SEATS} seats from 1 June 2025")
        customer, contact, order = guide.sign_order(self._paid, product_id, guide.START)
        self._tell(f"{customer.name}  {customer.id}; contact {contact.first_name} {contact.last_name}, VP of Sales")
        active = self._paid.orders.activate_order_by_id(order.id)
        self._tell(f"{order.name}  {order.id}: {order.creation_state}, then {active.creation_state}")
        self._advance(guide.END_OF_JUNE)

    def _let_june_happen(self) -> None:
        expected = guide.EMAILS + guide.MEETINGS
        self._step(f"Signals of June: {guide.EMAILS:,} email_sent and {guide.MEETINGS} meeting_booked, by external ids")
        bulks = list(guide.june_in_bulks())
        answers = [self._paid.signals.create_signals(signals=bulk) for bulk in bulks]
        self._tell(f"{sum(answer.ingested for answer in answers):,} ingested in {len(bulks)} bulks")
        _until(lambda: self._total_signals() >= expected, "all signals are in the log")
        again = self._paid.signals.create_signals(signals=bulks[0])
        self._tell(f"the first bulk once more: {again.ingested} ingested, {again.duplicates} duplicates")
        newest = self._paid.signals.list_signals(limit=1).data[0]
        self._tell(f"list_signals: {self._total_signals():,} in the log; the newest is {newest.name}  {newest.id}")

    def _advance(self, day: str) -> None:
        answer = self._admin.set_clock(self._endpoint.organization, day)
        self._tell(f"owed clock {self._endpoint.organization} {day}  (new invoices: {answer.get('invoices')})")

    def _show_invoices(self) -> None:
        invoices = sorted(self._paid.invoices.list_invoices().data, key=lambda invoice: invoice.issue_date)
        self._check("signals in the log", self._total_signals(), guide.EMAILS + guide.MEETINGS)
        self._check("invoices", len(invoices), len(guide.OWED_MINOR))
        for invoice, (day, owed) in zip(invoices, guide.OWED_MINOR.items(), strict=True):
            self._step(f"Invoice {invoice.display_number} of {invoice.issue_date:%Y-%m-%d} ({invoice.status})")
            for line in self._paid.invoices.get_invoice_lines(invoice.id).data:
                self._tell(f"{line.description:<58} {line.quantity:>6,}  {_dollars(line.total_price_before_tax):>10}")
            self._tell(f"{'due ' + f'{invoice.due_date:%Y-%m-%d}':<58} {'':>6}  {_dollars(invoice.invoice_total):>10}")
            self._check("issue date", f"{invoice.issue_date:%Y-%m-%d}", day)
            self._check(f"total of {invoice.display_number}", invoice.invoice_total, owed)
            self._show_documents(invoice)
        self._explain(invoices[1])

    def _show_documents(self, invoice: Invoice) -> None:
        number = str(invoice.display_number)
        bucket, s3 = physical_name(DOCUMENTS.name), boto3.client("s3")

        def documents() -> list[str]:
            listed = s3.list_objects_v2(Bucket=bucket, Prefix="invoices/").get("Contents", [])
            keys = sorted(found["Key"] for found in listed if Path(found["Key"]).stem == number)
            return keys if {Path(key).suffix for key in keys} == {".json", ".pdf"} else []

        for key in _until(documents, f"the documents of {number} are written"):
            self._tell(f"s3://{bucket}/{key}")
        pdf = self._get(f"/invoices/{invoice.id}/pdf")
        copy = DOCUMENTS_COPY / f"{number}.pdf"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(pdf.content)
        self._tell(f"a copy to open: {copy}")

    def _explain(self, invoice: Invoice) -> None:
        """One line of the invoice, of signals, as the API explains it (beyond the contract)."""
        lines = self._paid.invoices.get_invoice_lines(invoice.id).data
        line = next(line for line in lines if "Emails" in line.description)
        why = self._get(f"/invoices/{invoice.id}/lines/{line.id}/explanation").json()
        self._step(f"Why {_dollars(line.total_price_before_tax)} for {line.description}?")
        for sentence in why["arithmetic"]:
            self._tell(sentence)
        signals = why["signals"]
        self._check("the signals behind the line", signals["count"], guide.EMAILS)
        self._tell(f"{signals['count']:,} signals, {signals['first']['id']} to {signals['last']['id']}")

    def _get(self, path: str) -> httpx.Response:
        """What the client has no method for."""
        return httpx.get(
            f"{self._endpoint.api}{path}",
            headers={"authorization": f"Bearer {self._endpoint.key}"},
            timeout=PATIENCE_SECONDS,
        ).raise_for_status()

    def _total_signals(self) -> int:
        return int(self._paid.signals.list_signals(limit=1).pagination.total)

    def _check(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            raise DemoFailedError(f"The demo expected {what} to be {expected}, and found {found}.")

    def _step(self, text: str) -> None:
        self._terminal.write(f"\n{text}\n")

    def _tell(self, text: str) -> None:
        self._terminal.write(f"    {text}\n")
        self._terminal.flush()


def main() -> int:
    terminal = sys.stdout
    folder = Path(tempfile.mkdtemp(prefix="owed-demo-"))
    data = DataDirectory(folder)
    try:
        with running_system(data, 0, first_clock=guide.BEFORE) as endpoint:
            Demo(endpoint, Admin(local_invoke(data.path)), terminal).play()
    except (DemoFailedError, AdminError, CannotStartError, ApiError, httpx.HTTPError) as error:
        sys.stderr.write(f"\n{error}\nThe logs are in {folder}.\n")
        return 1
    except KeyboardInterrupt:
        return 130
    shutil.rmtree(folder)
    terminal.write(NEXT_STEPS)
    return 0


def _until(condition: Callable[[], Found], what: str) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise DemoFailedError(f"The demo waited {PATIENCE_SECONDS} s in vain until {what}.")
        time.sleep(0.1)
    return found


def _dollars(minor: float) -> str:
    """The client reads the contract's integers as floats."""
    dollars, cents = divmod(int(minor), 100)
    return f"${dollars:,}.{cents:02}"


if __name__ == "__main__":
    sys.exit(main())
