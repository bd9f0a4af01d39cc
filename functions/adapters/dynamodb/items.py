"""Entity to item and back. The entity lies whole in `doc` as its JSON, compressed when that saves write units.

Its JSON rather than a map of attributes: pydantic parses it again, so that what code wrote years ago is checked on the
way in, and no number passes through DynamoDB's own number type.

Every item says in `schema` which shape of its kind it has: see `Schemas`.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from functions.adapters.dynamodb.keys import Key
from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]
Model = TypeVar("Model", bound=BaseModel)

Document = dict[str, Any]
"""What an item holds, as JSON has it."""

Upcaster = Callable[[Document], Document]
"""Makes a document of one number into one of the next, and does nothing else."""

_COMPRESS_ABOVE_BYTES = 900
"""A write unit is 1 KB: smaller items gain nothing from being unreadable."""

_MAX_DOCUMENT_BYTES = 395_000
"""An item ends at 400 KB (409,600 bytes), its keys and other attributes included."""


class NewerSchemaError(Exception):
    """Newer code wrote this, so that this code would misread it, or write less in its place than was there.

    No BillingError: nothing is wrong with the request, and a queue's message must come back until newer code reads it.
    """

    def __init__(self, kind: str, name: str, *, number: int, newest: int) -> None:
        super().__init__(
            f"{kind} {name!r} is of schema {number}, and this version of Owed reads up to {newest}: "
            "deploy the version that wrote it, or a newer one"
        )


class Schemas:
    """The current number of each kind, and how older ones are read.

    A field whose default is None needs no number: older documents are read with it, and it is not written where it is
    not used, so that the version before reads what it knows. Anything else does: a field renamed, removed, narrowed,
    or with another default or none. Then the kind's number goes up by one, and an upcaster leads there from the number
    before; it stays for ever, for an item that nobody changes keeps its shape for ever.
    """

    def __init__(self, numbers: Mapping[str, int], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        """`upcasters` by kind and the number that they read. Raises ValueError where a step is missing, or too much."""
        steps = {(kind, number) for kind, newest in numbers.items() for number in range(1, newest)}
        if steps != set(upcasters):
            raise ValueError(f"these steps have no upcaster, or none to replace: {sorted(steps ^ set(upcasters))}")
        self.numbers = numbers
        self._upcasters = upcasters

    def attribute(self, kind: str) -> "AttributeValueTypeDef":
        """The current number of a kind, for an item that is written. Raises KeyError for a kind that is not listed."""
        return {"N": str(self.numbers[kind])}

    def number(self, kind: str, item: Mapping[str, "AttributeValueTypeDef"]) -> int:
        """Which shape an item has: the first, if it does not say. Raises NewerSchemaError."""
        number = int(item["schema"]["N"]) if "schema" in item else 1
        if number > self.numbers[kind]:
            name = item["sk"].get("S") or item["sk"].get("N", "")
            raise NewerSchemaError(kind, name, number=number, newest=self.numbers[kind])
        return number

    def upcast(self, kind: str, document: Document, *, number: int) -> Document:
        """A document of that number as the current one has it."""
        for each in range(number, self.numbers[kind]):
            document = self._upcasters[kind, each](document)
        return document


def _with_the_day_of_a_promise(schedule: Document) -> Document:
    """Until there was one, a promise was looked for by its invoice's date."""
    promised = schedule.get("promised")
    if promised is None:
        return schedule
    return {**schedule, "promised": {"promised_on": promised["issue_date"], **promised}}


def _with_sources(columns: Document) -> Document:
    """Until messages named theirs, what they brought was counted and not accounted for: see `Source`."""
    return {"sources": [], **columns}


SCHEMAS = Schemas(
    numbers={
        # entities and their parts, by the names of their models
        "Amendment": 1,
        "ApiKey": 1,
        "BillingSchedule": 2,
        "Checkpoint": 1,
        "Contact": 1,
        "CreditBook": 1,
        "CreditCurrency": 1,
        "CreditsDepletion": 1,
        "Customer": 1,
        "CustomerAlias": 1,
        "CustomerUser": 1,
        "DeliveryAttempt": 1,
        "Invoice": 1,
        "LastAttempt": 1,
        "Order": 1,
        "Organization": 1,
        "Payment": 1,
        "Plan": 1,
        "Product": 1,
        "RatingPlan": 1,
        "SeatAssignments": 1,
        "Settlement": 1,
        "UsagePage": 1,
        "WebhookSettings": 1,
        # what has no model: see `segments`, `writes`, `numbers`, `table` and `key_snapshots`
        "Counter": 1,
        "KeySnapshot": 1,
        "KeyUse": 1,
        "NumberBlock": 1,
        "Pointer": 1,
        "Segment": 2,
        "Sequence": 1,
        "SpanMarks": 1,
    },
    # Number 1 is on items of both shapes: there was no rule yet.
    upcasters={("BillingSchedule", 1): _with_the_day_of_a_promise, ("Segment", 1): _with_sources},
)


def item_of(key: Key, value: BaseModel, *, revision: int, owner: str | None = None) -> Item:
    """The item that holds `value` at `revision`. Raises TooLarge."""
    item: Item = {
        **key_item(key),
        "schema": SCHEMAS.attribute(type(value).__name__),
        "revision": {"N": str(revision)},
        "doc": document_of(value),
    }
    if owner is not None:
        item["owner"] = {"S": owner}
    return item


def document_of(value: BaseModel) -> "AttributeValueTypeDef":
    """The value as a string, or as a compressed blob when it is long."""
    text = value.model_dump_json(exclude_none=True)
    if len(text) <= _COMPRESS_ABOVE_BYTES:
        return {"S": text}
    compressor = zlib.compressobj(9, zdict=_DICTIONARY)
    content = compressor.compress(text.encode()) + compressor.flush()
    if len(content) > _MAX_DOCUMENT_BYTES:
        kind = type(value).__name__.lower()
        raise TooLarge(f"the {kind} would take {len(content)} bytes, expected at most {_MAX_DOCUMENT_BYTES}")
    return {"B": content}


def value_of(item: Mapping[str, "AttributeValueTypeDef"], model: type[Model]) -> Model:
    """The value that an item holds. Raises NewerSchemaError."""
    kind = model.__name__
    number = SCHEMAS.number(kind, item)
    text = text_of(item["doc"])
    if number < SCHEMAS.numbers[kind]:
        text = json.dumps(SCHEMAS.upcast(kind, json.loads(text), number=number))
    return model.model_validate_json(text)


def text_of(document: "AttributeValueTypeDef") -> str | bytes:
    """The JSON that `document_of` made."""
    if "S" in document:
        return document["S"]
    return zlib.decompressobj(zdict=_DICTIONARY).decompress(bytes(document["B"]))


def revision_of(item: Mapping[str, "AttributeValueTypeDef"]) -> int:
    return int(item["revision"]["N"])


def key_item(key: Key) -> Item:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


_DICTIONARY = (
    b'"metadata":{},"rebills":"inv_","legal_name":"","vat_number":"","purchase_order_reference":"",'
    b'"version":1,"lines":[{"id":"","product_id":"prod_","product_external_id":"","name":"","attributes":[{"id":"",'
    b'"name":"","pricing":{"charge_type":"oneTime","model":"perUnit","timing":"advance","timing":"arrears",'
    b'"frequency":"monthly","frequency":"annual","price_points":[{"currency":"EUR","unit_price_minor":0,'
    b'"included_quantity":0,"min_quantity":0,"max_quantity":0,"tiers":[{"up_to":0,"unit_minor":0,"flat_minor":0}]}],'
    b'"percentage":"","multiplier":"","event_name":"","signal_type":"activity","signal_type":"outcome","fee_type":'
    b'"setup"},"quantity":1,"product_attribute_id":"pa_","pricing_version":1}]}],"versions":[{"version":1,'
    b'"effective_at":"","customer_id":"cus_","order_id":"ord_","customer_id":"cus_","next_billing_on":"",'
    b'"billed_until":"","billed_usage":{"":{"2025-01-01":0}},"billed_minor":0,"billed_tax_minor":0,"drafts":[""],'
    b'"promised":{"invoice_id":"inv_","issue_date":"","auto_post":true,"numbered_after":0,"billed_until":"",'
    b'"billed_before":{},"usage":{"":{"":0}},"log_positions":{"0":0}}}'
    b'"pricing_model":"costPlus","pricing_model":"percentOfTotal","factor":"","steps":[{"tier":1,"quantity":0,'
    b'"price_minor":0,"is_flat":false,"first":0,"last":0},{"tier":2,"is_flat":true,"charge_type":"oneTime",'
    b'"pricing_model":"volumePricing","pricing_model":"graduatedPricing","is_late":true,'
    b'"taxes":[{"rate":"20","category":"S","country":"GB","reason":"","taxable_minor":0,"tax_minor":0}],'
    b'{"id":"inv_","created_at":"2026-01-01T00:10:00.000000Z","updated_at":"2026-01-01T00:10:00.000000Z","number":1,'
    b'"order_id":"ord_","customer_id":"cus_","status":"draft","status":"posted","auto_post":true,"auto_post":false,'
    b'"issue_date":"2026-01-01","due_date":"2026-01-31","posted_at":"2026-01-01T00:10:00.000000Z","currency":"USD",'
    b'"lines":[{"id":"","order_line_id":"","order_line_attribute_id":"","product_attribute_id":"pa_",'
    b'"pricing_version":1,"charge_type":"recurring","description":": ","period_start":"2026-01-01","period_end":'
    b'"2026-02-01","pricing_model":"perUnit","quantity":1,"billed_quantity":1,"unit_price_minor":100,"steps":[],'
    b'"share_days":31,"full_days":31,"is_late":false,"billed_before":0,"billed_before_minor":0,"amount_minor":100,'
    b'"tax_rate":"0","tax_minor":0},{"charge_type":"seatBased","share_days":30,"full_days":30,"is_late":false,'
    b'"billed_before":0,"billed_before_minor":0,"amount_minor":100,"tax_rate":"20","tax_minor":0},{'
    b'"charge_type":"usage","quantity":0,"share_days":1,"full_days":1,"is_late":false,"billed_before":0,'
    b'"billed_before_minor":0,"amount_minor":0,"tax_rate":"0","tax_minor":0}],"taxes":[],"payment_terms":"Net 30",'
    b'"billing_contact_id":"con_","seller":{"name":""},"buyer":{"name":"","address":{"line1":"","line2":"","city":"",'
    b'"state":"","zip_code":"","country":"US"},"contact_name":"","email":""},"log_positions":{"0":1}}'
)
"""What compressed documents have in common, so that each of them stores only what is its own.

An invoice of four lines takes 700 bytes instead of 1,000, and so one write unit instead of two. zlib finds repetitions
of this text as if it stood before the document; what is likeliest stands last. It must never change: a document can be
read with the text that it was written with, and no other. A better one would be a second text, told from the first by
the checksum that each document carries in its bytes 2 to 6.
"""
