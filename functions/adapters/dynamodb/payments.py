"""Payments, and the transaction in which one of them pays invoices."""

import itertools
from collections.abc import Iterable, Sequence

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.collection import Kind
from functions.adapters.dynamodb.invoices import KIND as INVOICE
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import NotFound, TooLarge
from functions.billing.invoicing.allocating import voided_ids
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import OutdatedError, Stored

KIND = "payment"

PAYMENT = Kind(KIND, Payment, owner_kind="customer", owner=lambda payment: payment.customer_id, holds_owner=True)
"""Beside the other kinds it would be loaded by whoever knows one of them."""

MAX_BYTES = 3_900_000
"""Of a transaction's documents: DynamoDB takes 4 MiB, the keys and conditions included."""


_AT_A_TIME = 100


class DynamoPaymentLedger:
    """Fulfils `PaymentLedger`: a payment, and the at most 99 invoices of one request, make one transaction."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def load(self, organization_id: str, payment_id: str) -> Stored[Payment]:
        item = self._records.get(keys.thing(organization_id, KIND, payment_id))
        if item is None:
            raise NotFound(KIND, payment_id)
        return Stored(value_of(item, Payment), revision_of(item))

    def load_invoices(self, organization_id: str, invoice_ids: Iterable[str]) -> dict[str, Stored[Invoice]]:
        items = self._records.get_many(keys.thing(organization_id, INVOICE, each) for each in invoice_ids)
        found = [Stored(value_of(item, Invoice), revision_of(item)) for item in items]
        return {stored.value.id: stored for stored in found}

    def voided(self, organization_id: str, invoice_ids: Iterable[str]) -> set[str]:
        """Those of them that are voided. Never more than a hundred invoices are held at once."""
        remaining = iter(sorted(invoice_ids))
        voided = set[str]()
        while some := list(itertools.islice(remaining, _AT_A_TIME)):
            voided |= voided_ids(each.value for each in self.load_invoices(organization_id, some).values())
        return voided

    def commit(self, organization_id: str, payment: Stored[Payment], invoices: Sequence[Stored[Invoice]]) -> None:
        items = [
            (_payment_item(organization_id, payment), payment.revision),
            *((_invoice_item(organization_id, invoice), invoice.revision) for invoice in invoices),
        ]
        size = sum(len(item["doc"].get("B") or item["doc"].get("S", "")) for item, _ in items)
        if size > MAX_BYTES:
            sentence = (
                f"the invoices take {size} bytes together, expected at most {MAX_BYTES}: allocate to fewer at once"
            )
            raise TooLarge(sentence)
        table = self._records.table
        try:
            self._records.transact([writes.put_revision(table, item, replaces=each) for item, each in items])
        except ConditionsFailedError:
            raise OutdatedError from None


def _payment_item(organization_id: str, payment: Stored[Payment]) -> Item:
    return item_of(
        keys.thing(organization_id, KIND, payment.value.id),
        payment.value,
        revision=payment.revision + 1,
        owner=keys.owned_by(organization_id, KIND, payment.value.customer_id),
    )


def _invoice_item(organization_id: str, invoice: Stored[Invoice]) -> Item:
    key = keys.thing(organization_id, INVOICE, invoice.value.id)
    return item_of(key, invoice.value, revision=invoice.revision + 1)
