"""What a stream of the records table tells: items before and after they were written, as Lambda hands them over."""

import base64
from collections.abc import Mapping
from typing import Any

from functions.adapters.dynamodb import depletions, invoices, payments
from functions.adapters.dynamodb.items import Item, Model, value_of
from functions.billing.invoicing.happenings import Change, DepletionChange, InvoiceChange, PaymentChange
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment


def change_of(record: Mapping[str, Any]) -> Change | None:
    """None of a record about anything else: an external id may look like an id of ours."""
    change = record["dynamodb"]
    organization_id, _, kind = change["Keys"]["pk"]["S"].partition("#")
    if "NewImage" not in change:
        return None
    before, after = change.get("OldImage") or None, change["NewImage"]
    match kind:
        case invoices.KIND:
            return InvoiceChange(organization_id, before and _value(before, Invoice), _value(after, Invoice))
        case payments.KIND:
            return PaymentChange(organization_id, before and _value(before, Payment), _value(after, Payment))
        case depletions.KIND:
            return DepletionChange(organization_id, _value(after, CreditsDepletion))
        case _:
            return None


def _value(image: Mapping[str, Any], model: type[Model]) -> Model:
    return value_of(_item(image), model)


def _item(image: Mapping[str, Any]) -> Item:
    """JSON has no bytes: a binary value comes as base64."""
    return {name: _bytes(value) if "B" in value else value for name, value in image.items()}


def _bytes(value: Mapping[str, str]) -> Any:  # noqa: ANN401 - one of DynamoDB's many shapes
    return {"B": base64.b64decode(value["B"])}
