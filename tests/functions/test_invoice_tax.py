"""The tax on invoices, from an administrator's settings to what the API shows."""

from typing import Any

import pytest

from tests.functions.sales import Seller, at, fee, seats, seller
from tests.world import World, invoke

JULY = "2025-07-01"


def set_tax(acme: Seller, **rates: str) -> None:
    answer = invoke(
        "admin",
        {"operation": "set_tax", "organization": acme.tenant.organization_id, "country": "FR", "rates": rates},
    )
    assert "error" not in answer, answer


def french(world: World, **customer: Any) -> Seller:
    """A French seller of 20%, and a customer."""
    acme = seller(world, **customer)
    set_tax(acme, FR="20")
    return acme


def living_in(country: str, **fields: object) -> dict[str, Any]:
    return {"billingAddress": {"country": country}, **fields}


def tax_of(invoice: Any) -> dict[str, Any]:
    names = ("taxAmount", "taxRate", "taxStatus", "taxExempt", "taxes")
    return {name: invoice[name] for name in names}


def amounts_of(invoice: Any) -> tuple[int, int, int]:
    assert invoice["amountDue"] == invoice["amountRemaining"]
    return invoice["invoiceTotalExcludingTax"], invoice["invoiceTotal"], invoice["amountDue"]


def line_of(line: Any) -> dict[str, Any]:
    names = ("totalPriceBeforeTax", "tax", "taxRate", "totalPriceAfterTax", "balanceAmount")
    return {name: line[name] for name in names}


def change(acme: Seller, verb: str, invoice: Any) -> Any:
    answer = acme.tenant.call("POST", f"/invoices/{invoice['id']}/{verb}")
    assert answer.status == 200, answer
    return answer.body


def test_a_posted_invoice_at_home(empty_world: World) -> None:
    acme = french(empty_world, **living_in("FR"))
    acme.sell(fee(at(35_00)), seats(at(2_03)), autoPostInvoices=True)

    (invoice,) = acme.invoices()

    assert invoice["status"] == "posted"
    assert amounts_of(invoice) == (37_03, 44_44, 44_44)
    assert tax_of(invoice) == {
        "taxAmount": 7_41,
        "taxRate": 20,
        "taxStatus": "committed",
        "taxExempt": False,
        "taxes": [{"rate": 20, "category": "S", "country": "FR", "reason": None, "taxable": 37_03, "tax": 7_41}],
    }
    assert [line_of(line) for line in acme.lines(invoice)] == [
        {
            "totalPriceBeforeTax": 35_00,
            "tax": 7_00,
            "taxRate": 20,
            "totalPriceAfterTax": 42_00,
            "balanceAmount": 42_00,
        },
        {"totalPriceBeforeTax": 2_03, "tax": 41, "taxRate": 20, "totalPriceAfterTax": 2_44, "balanceAmount": 2_44},
    ]


def test_a_reverse_charge_says_why_nothing_is_added(empty_world: World) -> None:
    acme = french(empty_world, **living_in("de", vatNumber="DE123456789"))
    acme.sell(fee(at(35_00)))

    (invoice,) = acme.invoices()

    assert amounts_of(invoice) == (35_00, 35_00, 35_00)
    assert tax_of(invoice) == {
        "taxAmount": 0,
        "taxRate": 0,
        "taxStatus": "calculated",
        "taxExempt": False,
        "taxes": [
            {
                "rate": 0,
                "category": "AE",
                "country": "DE",
                "reason": "Reverse charge: the buyer accounts for the VAT (Article 196 of Directive 2006/112/EC).",
                "taxable": 35_00,
                "tax": 0,
            }
        ],
    }


def test_an_exempt_customer_is_shown_as_such(empty_world: World) -> None:
    acme = french(empty_world, **living_in("FR", taxExemptStatus="exempt"))
    acme.sell(fee(at(35_00)))

    (invoice,) = acme.invoices()

    assert amounts_of(invoice) == (35_00, 35_00, 35_00)
    assert (invoice["taxExempt"], invoice["taxes"][0]["category"]) == (True, "E")


def test_tax_is_calculated_then_committed_then_voided(empty_world: World) -> None:
    acme = french(empty_world)
    acme.sell(fee(at(35_00)))

    (draft,) = acme.invoices()
    posted = change(acme, "post", draft)
    voided = change(acme, "void", posted)

    assert [each["taxStatus"] for each in (draft, posted, voided)] == ["calculated", "committed", "voided"]
    assert [amounts_of(each) for each in (draft, posted, voided)] == [
        (35_00, 42_00, 42_00),
        (35_00, 42_00, 42_00),
        (35_00, 42_00, 0),
    ]
    assert [line["balanceAmount"] for line in acme.lines(voided)] == [0]


def test_a_rate_with_decimals_is_a_number(empty_world: World) -> None:
    acme = french(empty_world, **living_in("CH"))
    set_tax(acme, FR="20", CH="8.1")
    acme.sell(fee(at(35_00)))

    (invoice,) = acme.invoices()

    assert (invoice["taxRate"], invoice["taxes"][0]["rate"], acme.lines(invoice)[0]["taxRate"]) == (8.1, 8.1, 8.1)
    assert invoice["taxAmount"] == 2_84  # 283.5


@pytest.mark.parametrize(("currency", "price", "total"), [("JPY", 1005, 1206), ("KWD", 10_003, 12_004)])
def test_tax_is_in_minor_units_of_the_currency(empty_world: World, currency: str, price: int, total: int) -> None:
    acme = french(empty_world, **living_in("FR", defaultCurrency=currency))
    acme.sell(fee(at(price, currency)), currency=currency)

    assert [invoice["invoiceTotal"] for invoice in acme.invoices()] == [total]


def test_settings_hold_for_invoices_made_from_then_on(empty_world: World) -> None:
    acme = seller(empty_world)
    acme.sell(fee(at(100_00)), autoPostInvoices=True)

    set_tax(acme, FR="20")
    acme.clock(JULY)

    june, july = acme.invoices()
    assert [june["invoiceTotal"], july["invoiceTotal"]] == [100_00, 120_00]
    assert tax_of(june) == {
        "taxAmount": 0,
        "taxRate": 0,
        "taxStatus": "not_applicable",
        "taxExempt": False,
        "taxes": [],
    }
