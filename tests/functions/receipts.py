"""What became of a signal, in the words of the tests."""

from datetime import date
from typing import Any
from urllib.parse import quote

from tests.functions.sales import Seller, at, usage

JUNE_10 = date(2025, 6, 10)


def sell(acme: Seller, **fields: object) -> Any:
    """E-mails at 10 cents."""
    return acme.sell(usage(at(10)), autoPostInvoices=True, **fields)


def receipts(acme: Seller, key: str, **query: object) -> list[Any]:
    answer = acme.tenant.get(f"/signals/receipts/{quote(key, safe='')}", **query)
    assert answer["idempotencyKey"] == key
    found: list[Any] = answer["receipts"]
    return found


def receipt(acme: Seller, key: str) -> Any:
    """The only one, which is the same however it is asked for."""
    (found,) = receipts(acme, key)
    assert receipts(acme, key, customerId=acme.customer_id) == receipts(acme, key, externalCustomerId="acme") == [found]
    assert acme.tenant.get(f"/signals/{found['id']}") == found
    assert found in acme.tenant.get("/signals/", limit=1000)["data"]
    return found


def charged_by(found: Any) -> tuple[str | None, str | None]:
    (count,) = found["counted"]
    return count["invoiceNumber"], count["invoiceStatus"]


def log(acme: Seller, key: str, *, customer: str = "acme", **fields: object) -> None:
    """An e-mail of no product."""
    signal = {"eventName": "email_sent", "customer": {"externalCustomerId": customer}, "idempotencyKey": key, **fields}
    assert acme.tenant.call("POST", "/signals/bulk", {"signals": [signal]}).body["ingested"] == 1
    acme.world.work()
