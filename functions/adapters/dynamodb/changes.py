"""What a stream of the records table tells: items before and after they were written, as Lambda hands them over."""

import base64
from collections.abc import Mapping
from typing import Any

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.invoices import KIND
from functions.adapters.dynamodb.items import Item, value_of
from functions.billing.invoicing.happenings import InvoiceChange
from functions.billing.models.invoice import Invoice


def invoice_change(record: Mapping[str, Any]) -> InvoiceChange | None:
    """None of a record about anything else: an external id may look like an invoice's."""
    change = record["dynamodb"]
    partition = change["Keys"]["pk"]["S"]
    organization_id, _, _ = partition.partition("#")
    if partition != keys.kind_partition(organization_id, KIND) or "NewImage" not in change:
        return None
    before = change.get("OldImage")
    return InvoiceChange(
        organization_id,
        before=None if not before else value_of(_item(before), Invoice),
        after=value_of(_item(change["NewImage"]), Invoice),
    )


def _item(image: Mapping[str, Any]) -> Item:
    """JSON has no bytes: a binary value comes as base64."""
    return {name: _bytes(value) if "B" in value else value for name, value in image.items()}


def _bytes(value: Mapping[str, str]) -> Any:  # noqa: ANN401 - one of DynamoDB's many shapes
    return {"B": base64.b64decode(value["B"])}
