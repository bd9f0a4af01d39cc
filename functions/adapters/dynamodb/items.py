"""Entity to item and back. The entity lies whole in `doc` as its JSON, compressed when that saves write units.

Its JSON rather than a map of attributes: pydantic parses it again, so that what code wrote years ago is checked on the
way in, and no number passes through DynamoDB's own number type.
"""

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from functions.adapters.dynamodb.keys import Key
from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]
Model = TypeVar("Model", bound=BaseModel)

SCHEMA = 1
"""The version of the shapes below; a change of shape raises it, and reading understands every older one."""

_COMPRESS_ABOVE_BYTES = 900
"""A write unit is 1 KB: smaller items gain nothing from being unreadable."""

_MAX_DOCUMENT_BYTES = 395_000
"""An item ends at 400 KB (409,600 bytes), its keys and other attributes included."""


def item_of(key: Key, value: BaseModel, *, revision: int, owner: str | None = None) -> Item:
    """The item that holds `value` at `revision`. Raises TooLarge."""
    item: Item = {
        **key_item(key),
        "schema": {"N": str(SCHEMA)},
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
    """The value that an item holds."""
    document = item["doc"]
    if "S" in document:
        return model.model_validate_json(document["S"])
    return model.model_validate_json(zlib.decompressobj(zdict=_DICTIONARY).decompress(bytes(document["B"])))


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
