"""The invoice register: invoices, and numbers without a gap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy, NotFound
from functions.billing.models.invoice import Invoice
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Page, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from functions.adapters.dynamodb.numbers import DynamoNumbers

KIND = "invoice"

_MAX_TRIES = 50

_NUMBERING = 2
"""The position, in the transaction of `write`, of the write that takes the number."""


class DynamoInvoices:
    """Fulfils `InvoiceRegister`.

    Its size is counted when it is asked for: a counter in the same transaction would treble the write units of every
    invoice of a billing run.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    @cached_property
    def _numbers(self) -> "DynamoNumbers":
        from functions.adapters.dynamodb.numbers import DynamoNumbers  # noqa: PLC0415 - most who read invoices post none

        return DynamoNumbers(self._records)

    def get(self, organization_id: str, invoice_id: str) -> Invoice:
        return self.load(organization_id, invoice_id).value

    def get_many(self, organization_id: str, invoice_ids: Iterable[str], *, fresh: bool = True) -> dict[str, Invoice]:
        wanted = (keys.thing(organization_id, KIND, invoice_id) for invoice_id in invoice_ids)
        items = self._records.get_many(wanted, fresh=fresh)
        return {invoice.id: invoice for invoice in (value_of(item, Invoice) for item in items)}

    def load(self, organization_id: str, invoice_id: str) -> Stored[Invoice]:
        item = self._records.get(keys.thing(organization_id, KIND, invoice_id))
        if item is None:
            raise NotFound(KIND, invoice_id)
        return Stored(value_of(item, Invoice), revision_of(item))

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

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        """Applies `change` to the newest version, again if somebody else was faster. Raises what `change` raises."""
        for _ in range(_MAX_TRIES):
            before = self.load(organization_id, invoice_id)
            after = change(before.value)
            if after == before.value:
                return after
            try:
                self._records.put(_item(organization_id, Stored(after, before.revision)), replaces=before.revision)
            except ConditionsFailedError:
                continue
            return after
        raise Busy(f"invoice {invoice_id} is being changed by others, try again")

    def write(
        self,
        organization_id: str,
        invoice: Stored[Invoice],
        schedule: Stored[BillingSchedule],
        *,
        posted_at: datetime | None = None,
    ) -> Invoice:
        schedule_key = keys.schedule(organization_id, schedule.value.order_id)
        schedule_item = item_of(schedule_key, schedule.value, revision=schedule.revision + 1)
        table = self._records.table
        for _ in range(_MAX_TRIES):
            made, numbering = self._posted(organization_id, invoice.value, posted_at)
            item = _item(organization_id, Stored(made, invoice.revision))
            transaction = [
                writes.put_revision(table, schedule_item, replaces=schedule.revision),
                writes.put_revision(table, item, replaces=invoice.revision),
                *numbering,
            ]
            try:
                self._records.transact(transaction)
            except ConditionsFailedError as error:
                if error.failed != (_NUMBERING,):
                    raise OutdatedError from None
                continue  # another invoice took the number
            return made
        raise Busy(f"invoice {invoice.value.id} could not take a number among so many others, try again")

    def latest_number(self, organization_id: str) -> int:
        return self._numbers.latest(organization_id)

    def take_numbers(self, organization_id: str, invoice_ids: Sequence[str], *, after: int) -> dict[str, int]:
        return self._numbers.take(organization_id, invoice_ids, after=after)

    def insert(self, organization_id: str, invoices: Sequence[Invoice]) -> None:
        self._records.execute(
            [writes.insert_statement(self._records.table, _item(organization_id, Stored(i, 0))) for i in invoices]
        )

    def _posted(
        self, organization_id: str, invoice: Invoice, posted_at: datetime | None
    ) -> "tuple[Invoice, list[TransactWriteItemTypeDef]]":
        """The invoice as it is to be stored, and the write that takes its number, if it is to be posted."""
        if posted_at is None:
            return invoice, []
        number, taking = self._numbers.next_write(organization_id, invoice.id)
        return invoice.posted(number=number, now=posted_at), [taking]

    def _all(self, organization_id: str) -> Iterator[Invoice]:
        for item in self._records.query(keys.kind_partition(organization_id, KIND)):
            yield value_of(item, Invoice)


def _item(organization_id: str, invoice: Stored[Invoice]) -> Item:
    """The item that replaces the given revision."""
    key = keys.thing(organization_id, KIND, invoice.value.id)
    return item_of(key, invoice.value, revision=invoice.revision + 1)
