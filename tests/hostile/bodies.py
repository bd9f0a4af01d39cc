"""A good body for every route that reads one, with all of its fields: what mutations begin with."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from openapi.document import document
from tests.functions.business import Ids, path_with, short
from tests.functions.routes import ROUTES, Known

Body = dict[str, Any]

_numbers = itertools.count(1)


def _new(name: str) -> str:
    """An external id that nobody has."""
    return f"{name}-{next(_numbers)}"


TIERS = [
    {"lowerBound": 0, "upperBound": 100, "unitAmount": 10, "flatAmount": 5, "tierBillingType": "perUnit"},
    {"lowerBound": 101, "unitAmount": 8},
]
POINT = {
    "unitPrice": 10,
    "includedQuantity": 1,
    "minQuantity": 1,
    "maxQuantity": 1000,
    "tiers": TIERS,
}
PRICING = {
    "pricingType": "UsageGraduated",
    "eventName": "email_sent",
    "signalType": "activity",
    "billingFrequency": "Custom",
    "billingFrequencyCustomMonths": 3,
    "billingType": "Arrears",
    "pricePoints": [{"currency": "USD", **POINT}],
}
OVERRIDE = {
    "chargeType": "usage",
    "pricingModel": "graduatedPricing",
    "eventName": "email_sent",
    "signalType": "activity",
    "billingFrequency": "monthly",
    "billingType": "arrears",
    "pricePoints": {"currency": "USD", **POINT},
}
STREET = {"line1": "1 Main St", "line2": "b", "city": "Paris", "state": "", "zipCode": "75001", "country": "FR"}
NOTES = {"tier": "gold", "deep": {"list": [1, None, "x"]}}
PRODUCT = {"name": "Emails", "description": "Sends", "active": True, "productCode": "E-1", "metadata": NOTES}
CUSTOMER = {
    "name": "Acme",
    "legalName": "Acme Ltd",
    "email": "acme@example.com",
    "phone": "+33 1",
    "website": "https://acme.example",
    "billingAddress": STREET,
    "creationState": "active",
    "vatNumber": "FR40303265045",
    "taxExemptStatus": "none",
    "metadata": NOTES,
}
CONTACT = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "email": "ada@example.com",
    "phone": "+44 1",
    "billingAddress": {"street": "1 Main St", "city": "Paris", "state": "", "zipCode": "75001", "country": "FR"},
    "roles": ["BILLING"],
}


def _customer(_: Ids) -> Body:
    return {**CUSTOMER, "externalId": _new("customer"), "defaultCurrency": "EUR"}


def _customer_update(_: Ids) -> Body:
    return {**CUSTOMER, "churnDate": "2026-01-01T00:00:00Z"}


def _alias(_: Ids) -> Body:
    return {"alias": _new("alias"), "name": "Another name", "description": "Of old"}


def _order(ids: Ids) -> Body:
    attribute = {"name": "Emails sent", "pricing": OVERRIDE}
    line = {
        "productId": ids["product"],
        "planId": ids["plan"],
        "name": "Emails",
        "description": "Sent",
        "startDate": "2025-06-01T00:00:00Z",
        "endDate": "2026-06-01T00:00:00Z",
        "attributes": [attribute],
        "lineType": "STANDARD",
    }
    return {
        **_order_update(ids),
        "externalId": _new("order"),
        "customerId": ids["customer"],
        "currency": "USD",
        "lines": [line],
        "billingFrequencyOverride": {"frequency": "custom", "customMonths": 2},
    }


def _order_update(ids: Ids) -> Body:
    return {
        "billingCustomerId": ids["customer"],
        "billingContactIds": [ids["contact"]],
        "name": "Pro",
        "startDate": "2025-06-01T00:00:00Z",
        "endDate": "2026-06-01T00:00:00Z",
        "subscriptionTerms": 12,
        "creationState": "draft",
        "billingAnchor": 1,
        "paymentTerms": "Net 30",
        "metadata": NOTES,
        "autoPostInvoices": True,
        "autoSendBillingEmails": False,
        "autoSendPaymentEmails": False,
        "purchaseOrderReference": "PO-1",
    }


def _benefit(ids: Ids) -> Body:
    return {
        "creditsCurrencyId": ids["currency"],
        "amount": 12.5,
        "recipient": "organization",
        "isInfiniteTotal": False,
        "allocationCadence": "monthly",
        "creditGrantTiming": "on_order_activation",
        "overageUnitPrice": 10,
        "rolloverAmount": 1,
        "rolloverDuration": 2,
        "rolloverDurationUnit": "months",
    }


def _in_credits(ids: Ids) -> Body:
    return {
        "pricingType": "UsageBracketedPrepaidCredits",
        "eventName": "pages_read",
        "creditsCurrencyId": ids["currency"],
        "overageUnitPrice": 10,
        "pricingInput": {"kind": "signalQuantity", "path": "pages.count"},
        "creditUnitBrackets": [{"upTo": 10, "creditUnits": 1}, {"creditUnits": 2.5}],
    }


def _grant(ids: Ids) -> Body:
    return {
        "creditCurrencyKey": ids["currency key"],
        "amount": 12.5,
        "startsAt": "2025-06-01T00:00:00Z",
        "expiresAt": "2099-01-01T00:00:00Z",
    }


def _payment(ids: Ids) -> Body:
    return {
        "externalCustomerId": ids["customer name"],
        "amount": 15_00,
        "currency": "USD",
        "paymentDate": "2025-06-02T00:00:00Z",
        "paymentType": "check",
        "status": "draft",
        "metadata": NOTES,
    }


def _product_update(ids: Ids) -> Body:
    attribute = {
        "productAttributeId": ids["attribute"],
        "name": "Platform",
        "active": True,
        "taxCode": "T1",
        "creditBenefits": [_benefit(ids)],
        "pricing": PRICING,
    }
    return {**PRODUCT, "productAttributes": [attribute]}


def _plan(ids: Ids) -> Body:
    attribute = {
        "productAttributeId": ids["attribute"],
        "pricing": PRICING,
        "creditBenefits": [_benefit(ids)],
    }
    return {"name": "Starter", "supportedCurrencies": ["USD"], "isDefault": False, "attributes": [attribute]}


def _plan_update(ids: Ids) -> Body:
    return {**_plan(ids), "status": "active"}


def _signals(ids: Ids) -> Body:
    signal = {
        "eventName": "email_sent",
        "customer": {"externalCustomerId": ids["customer name"]},
        "customerUnit": {"externalCustomerUnitId": "unit"},
        "attribution": {"externalProductId": ids["product name"]},
        "timestamp": "2025-06-02T00:00:00Z",
        "data": NOTES,
        "idempotencyKey": _new("signal"),
    }
    return {"signals": [signal]}


def _costs(ids: Ids) -> Body:
    cost = {
        "type": "cost",
        "customer": {"externalCustomerId": ids["customer name"]},
        "product": {"externalProductId": ids["product name"]},
        "amount": "0.0125",
        "currency": "USD",
        "vendor": "a vendor",
        "model": "a model",
        "timestamp": "2025-06-02T00:00:00Z",
        "metadata": NOTES,
        "usage": {"inputTokens": 10},
        "idempotencyKey": _new("cost"),
    }
    tokens = {
        "type": "usage",
        "customer": {"externalCustomerId": ids["customer name"]},
        "vendor": "openai",
        "model": "gpt-4o",
        "usage": {"inputTokens": 10, "outputTokens": 1, "cacheReadInputTokens": 5, "reasoningOutputTokens": 1},
        "idempotencyKey": _new("cost"),
    }
    override = {**tokens, "costOverride": {"amount": 0.5, "currency": "EUR"}, "idempotencyKey": _new("cost")}
    return {"costs": [cost, tokens, override]}


def _seats(ids: Ids) -> Body:
    return {"assignments": [{"seatId": ids["seat"], "userExternalId": ids["user"]}]}


def _amendment(ids: Ids) -> Body:
    """Of an order that nobody has amended yet; once one is executed, others meet a conflict."""
    point = {"currency": "USD", "unitPrice": 10, "includedQuantity": 1, "minQuantity": 1, "maxQuantity": 9}
    fee = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [point]}
    pricing = {**fee, "creditBenefits": [_benefit(ids)]}
    return {
        "orderVersion": 2,
        "defaultTreatment": "prorate",
        "intents": [
            {"type": "updateQuantity", "orderLineAttributeId": ids["fee"], "newQuantity": 2, "treatment": "none"},
            {"type": "addFromCatalog", "productAttributeId": ids["attribute"]},
            {
                "type": "addAttribute",
                "productId": ids["product"],
                "productAttributeId": ids["attribute"],
                "lineName": "More",
                "pricing": pricing,
                "quantity": 1,
                "currency": "USD",
                "chargeStub": "prorated",
                "creditGrant": "full",
                "treatment": "prorate",
            },
        ],
    }


GOOD: Mapping[str, Callable[[Ids], Body]] = {
    "POST /products/": lambda _: {**PRODUCT, "externalId": _new("product")},
    "PUT /products/{id}": _product_update,
    "PUT /products/external/{external_id}": _product_update,
    "PUT /pricing/{id}": lambda ids: {"pricing": _in_credits(ids), "creditBenefits": [_benefit(ids)]},
    "POST /plans/": lambda ids: {**_plan(ids), "productId": ids["product"], "externalId": _new("plan")},
    "PUT /plans/{id}": _plan_update,
    "PUT /plans/external/{external_id}": _plan_update,
    "PUT /plans/upgrade-path": lambda ids: {
        "productId": ids["product"],
        "groups": [{"frequency": "Monthly", "planIds": []}, {"planIds": [ids["plan"]]}],
    },
    "POST /credits/currencies": lambda _: {"name": "Pages", "key": _new("key").lower(), "description": "Read"},
    "PUT /credits/currencies/{id}": lambda _: {"description": "Read", "status": "active"},
    "POST /customers/{id}/credits/grants": _grant,
    "POST /customers/external/{external_id}/credits/grants": _grant,
    "POST /customers/": _customer,
    "PUT /customers/{id}": _customer_update,
    "PUT /customers/external/{external_id}": _customer_update,
    "POST /customers/{id}/aliases": _alias,
    "POST /customers/external/{external_id}/aliases": _alias,
    "PUT /customers/{customer_external_id}/users/{user_external_id}": lambda _: {
        "name": "Ada",
        "email": "ada@example.com",
        "metadata": NOTES,
        "status": "active",
    },
    "POST /contacts/": lambda ids: {**CONTACT, "externalId": _new("contact"), "customerId": ids["customer"]},
    "PUT /contacts/{id}": lambda ids: {**CONTACT, "customerId": ids["customer"]},
    "PUT /contacts/external/{external_id}": lambda ids: {**CONTACT, "customerId": ids["customer"]},
    "POST /orders/": _order,
    "PUT /orders/{id}": _order_update,
    "PUT /orders/{id}/seats/{seat_id}": lambda ids: {"userExternalId": ids["user"]},
    "POST /orders/{id}/seat-assignments": _seats,
    "POST /orders/{id}/amendments/preview": _amendment,
    "POST /orders/{id}/amendments": _amendment,
    "POST /signals/bulk": _signals,
    "POST /costs/bulk": _costs,
    "POST /costs/unpriced/reprice": lambda ids: {"customerId": ids["customer"], "limit": 10},
    "PUT /invoices/{id}": lambda _: {"metadata": NOTES},
    "POST /payments/": _payment,
    "POST /payment-allocations/": lambda ids: {
        "paymentId": ids["payment"],
        "allocations": [{"invoiceLineId": ids["invoice line"], "amount": 1, "currency": "USD"}],
        "idempotencyKey": _new("allocation"),
    },
    "PATCH /webhooks/{name}": lambda _: {"url": "https://203.0.113.1/owed", "enabled": True},
}

_PATHS = document()["paths"]

READING = tuple(known for known in ROUTES if "requestBody" in _PATHS[known.path][known.method.lower()])
"""The routes that read a body."""


def good_body(route: Known, ids: Ids) -> Body:
    return GOOD[short(route)](ids)


def path_of(route: Known, ids: Ids) -> str:
    """Below the prefix; an order is updated while it is a draft, for later much of it is fixed."""
    return path_with(route, {**ids, "order": ids["draft order"]} if short(route) == "PUT /orders/{id}" else ids)
