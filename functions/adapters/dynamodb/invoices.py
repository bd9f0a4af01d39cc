"""The invoice register: invoices, and numbers without a gap."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy, NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Page, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KIND = "invoice"

_MAX_TRIES = 50

_NUMBERING = 2
"""The position, in the transaction that bills, of the write that takes the number."""


class DynamoInvoices:
    """Fulfils `InvoiceRegister`.

    Its size is counted when it is asked for: a counter in the same transaction would treble the write units of every
    invoice of a billing run.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, organization_id: str, invoice_id: str) -> Invoice:
        return value_of(self._item(organization_id, invoice_id), Invoice)

    def page(
        self,
        organization_id: str,
        *,
        limit: int,
        offset: int,
        where: Callable[[Invoice], bool] | None = None,
    ) -> Page[Invoice]:
        """By issue date, then id."""
        invoices = sorted(self._all(organization_id), key=lambda i: (i.issue_date, i.id))
        matching = [invoice for invoice in invoices if where is None or where(invoice)]
        return Page(matching[offset : offset + limit], len(matching))

    def bill(
        self, organization_id: str, invoice: Invoice, *, schedule: Stored[BillingSchedule], now: datetime
    ) -> Invoice:
        table, key = self._records.table, keys.thing(organization_id, KIND, invoice.id)
        schedule_key = keys.schedule(organization_id, schedule.value.order_id)
        moved = item_of(schedule_key, schedule.value, revision=schedule.revision + 1)
        move = writes.put_revision(table, moved, replaces=schedule.revision)
        for _ in range(_MAX_TRIES):
            made, numbering = self._numbered(organization_id, invoice, now=now)
            transaction = [move, writes.put_new(table, item_of(key, made, revision=1)), *numbering]
            try:
                self._records.transact(transaction)
            except ConditionsFailedError as error:
                if error.failed != (_NUMBERING,):
                    raise OutdatedError from None
                continue  # another invoice took the number
            return made
        raise Busy(f"invoice {invoice.id} could not take a number among so many others, try again")

    def _numbered(
        self, organization_id: str, invoice: Invoice, *, now: datetime
    ) -> "tuple[Invoice, list[TransactWriteItemTypeDef]]":
        """The invoice as it is to be stored, and the write that takes its number, if it posts itself."""
        if not invoice.auto_post:
            return invoice, []
        sequence = keys.sequence(organization_id, KIND)
        latest = self._records.latest_number(sequence)
        take = writes.take_number(self._records.table, sequence, after=latest)
        return invoice.posted(number=latest + 1, now=now), [take]

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        """Applies `change` to the newest version, again if somebody else was faster. Raises what `change` raises."""
        for _ in range(_MAX_TRIES):
            item = self._item(organization_id, invoice_id)
            before, revision = value_of(item, Invoice), revision_of(item)
            after = change(before)
            if after == before:
                return before
            key = keys.thing(organization_id, KIND, invoice_id)
            try:
                self._records.put(item_of(key, after, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return after
        raise Busy(f"invoice {invoice_id} is being changed by others, try again")

    def post(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        for _ in range(_MAX_TRIES):
            item = self._item(organization_id, invoice_id)
            draft, revision = value_of(item, Invoice), revision_of(item)
            if draft.status is not InvoiceStatus.DRAFT:
                return draft
            latest = self._records.latest_number(keys.sequence(organization_id, KIND))
            posted = draft.posted(number=latest + 1, now=now)
            key = keys.thing(organization_id, KIND, invoice_id)
            table = self._records.table
            try:
                self._records.transact(
                    [
                        writes.take_number(table, keys.sequence(organization_id, KIND), after=latest),
                        writes.put_revision(table, item_of(key, posted, revision=revision + 1), replaces=revision),
                    ]
                )
            except ConditionsFailedError:
                continue  # another invoice took the number, or another run posted this one
            return posted
        raise Busy(f"invoice {invoice_id} could not take a number among so many others, try again")

    def _all(self, organization_id: str) -> Iterator[Invoice]:
        for item in self._records.query(keys.kind_partition(organization_id, KIND)):
            yield value_of(item, Invoice)

    def _item(self, organization_id: str, invoice_id: str) -> Item:
        item = self._records.get(keys.thing(organization_id, KIND, invoice_id))
        if item is None:
            raise NotFound(KIND, invoice_id)
        return item
