"""Invoice numbers: a log of blocks, each put where the one before it ends. So there is no gap, and no number twice.

    | 1: inv_a inv_b inv_c | 4: inv_d | 5: inv_e inv_f | ...

A block says which invoices its numbers belong to. Putting one asks for having read all before it, hence an invoice that
a block names is never given a second number; that it exists is a matter of the schedule that promised it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import SCHEMAS, Item, key_item
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KIND = "NumberBlock"

_MAX_TRIES = 50


class DynamoNumbers:
    """The numbers of an organization's invoices."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def latest(self, organization_id: str) -> int:
        """The last number that is given, 0 before the first."""
        block = self._records.last(keys.numbers_partition(organization_id))
        return 0 if block is None else _last_of(block)

    def take(self, organization_id: str, invoice_ids: Sequence[str], *, after: int) -> dict[str, int]:
        """The number of each invoice: as a block after `after` gives it, else of a new block.

        None of them may have a number up to `after`. Then a block that can be put right after it needs no look at
        others: there are none.
        """
        given: dict[str, int] = {}
        missing, latest = list(dict.fromkeys(invoice_ids)), after
        for _ in range(_MAX_TRIES):
            if not missing:
                return {invoice_id: given[invoice_id] for invoice_id in invoice_ids}
            try:
                self._records.put(_block(organization_id, latest + 1, missing), replaces=0)
            except ConditionsFailedError:  # somebody else took these numbers, perhaps for the same invoices
                given, latest = self._given(organization_id, after)
            else:
                given.update((invoice_id, latest + place) for place, invoice_id in enumerate(missing, start=1))
            missing = [invoice_id for invoice_id in invoice_ids if invoice_id not in given]
        raise Busy("invoices could not take numbers among so many others, try again")

    def next_write(self, organization_id: str, invoice_id: str) -> "tuple[int, TransactWriteItemTypeDef]":
        """The next number, and the write that gives it to the invoice as a part of a transaction."""
        number = self.latest(organization_id) + 1
        return number, writes.put_new(self._records.table, _block(organization_id, number, [invoice_id]))

    def _given(self, organization_id: str, after: int) -> tuple[dict[str, int], int]:
        """The numbers given after `after`, by invoice, and the last of all."""
        given: dict[str, int] = {}
        latest = after
        partition = keys.numbers_partition(organization_id)
        for block in self._records.query(partition, after=keys.number_key(after)):
            given.update(numbers_of(block))
            latest = _last_of(block)
        return given, latest


def _block(organization_id: str, first: int, invoice_ids: Sequence[str]) -> Item:
    key = keys.number_block(organization_id, first)
    return {**key_item(key), "schema": SCHEMAS.attribute(KIND), "invoices": {"S": " ".join(invoice_ids)}}


def numbers_of(block: Item) -> Iterator[tuple[str, int]]:
    first = int(block["sk"]["S"])
    return ((invoice_id, first + place) for place, invoice_id in enumerate(_invoices_of(block)))


def _last_of(block: Item) -> int:
    return int(block["sk"]["S"]) + len(_invoices_of(block)) - 1


def _invoices_of(block: Item) -> list[str]:
    SCHEMAS.number(KIND, block)
    return block["invoices"]["S"].split()
