"""What it costs more when signals take credits: usage of every day is kept for ever, on pages once it is much.

Counted over so many appends of a typical size that all kinds of pages are written among them, and what is written
rarely is counted with the rest.
"""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.budget import Budget
from benchmarks.signals import TYPICAL, accept, delivered
from tests.world import Tenant, fresh_world

START = datetime(2022, 1, 1, tzinfo=UTC)
YEARS, PRICES, SEATS, MANY_SEATS = 3, 3, 10, 200
DAYS = 365
APPENDS = 200

PER_UNIT = {"pricingType": "UsagePerUnit", "eventName": "read", "pricePoints": [{"currency": "USD", "unitPrice": 1}]}
IN_CREDITS = {
    "pricingType": "UsagePrepaidCredits",
    "eventName": "read",
    "creditCost": 0.25,
    "pricingInput": {"kind": "signalQuantity", "path": "pages"},
    "overageUnitPrice": 10,
}


def budgets() -> list[Budget]:
    days = YEARS * DAYS
    plain = _write_units(days=days)
    by_prices = _write_units(days=days, in_credits=PRICES)
    by_seats = _write_units(days=days, in_credits=1, seats=SEATS)
    by_many = _write_units(days=10, in_credits=1, seats=MANY_SEATS)
    after = f"after {YEARS} years"
    return [
        Budget(f"write units more a signal in credits of {PRICES} prices, {after}", 0.1, by_prices - plain),
        Budget(f"write units more a signal in credits of {SEATS} seats, {after}", 0.1, by_seats - plain),
        Budget(f"write units more a signal, each of another of {MANY_SEATS} seats", 0.1, by_many - plain),
    ]


def _write_units(*, days: int, in_credits: int = 0, seats: int = 0) -> float:
    """A signal, of appends of a typical size, one a day, behind signals of each of so many days."""
    with fresh_world() as world:
        acme = world.tenant(test=False)
        _sell(acme, in_credits=in_credits, seats=seats)
        users: list[str | None] = [f"user-{number}" for number in range(seats)] or [None]
        before = [_signal(day, user) for day in range(days) for user in users]
        for start in range(0, len(before), 5_000):
            accept(acme, before[start : start + 5_000])
            world.work()
        written = 0.0
        for append in range(APPENDS):
            turns = range(append * TYPICAL, (append + 1) * TYPICAL)
            last = [_signal(days + turn // max(TYPICAL, seats), users[turn % len(users)], turn) for turn in turns]
            written += delivered(acme, world, last).write_units
        return written / (APPENDS * TYPICAL)


def _sell(acme: Tenant, *, in_credits: int, seats: int) -> None:
    customer = acme.create("/customers/", name="Acme Ltd", externalId="acme")
    product = acme.create("/products/", name="Reader", externalId="reader")
    currency = acme.create("/credits/currencies", name="Pages", key="pages")["id"]
    pricing: dict[str, Any] = {**IN_CREDITS, "creditsCurrencyId": currency} if in_credits else PER_UNIT
    attributes: list[dict[str, Any]] = [
        {"name": f"Pages {number}", "pricing": pricing} for number in range(max(in_credits, 1))
    ]
    if seats:
        point = {"currency": "USD", "unitPrice": 30_00, "minQuantity": seats}
        by_seat = {"pricingType": "SeatBasedPerUnit", "billingFrequency": "Monthly", "pricePoints": [point]}
        comes = {"creditsCurrencyId": currency, "amount": 500, "recipient": "seat"}
        attributes.append({"name": "Team", "pricing": by_seat, "creditBenefits": [comes]})
    acme.call("PUT", f"/products/{product['id']}", {"productAttributes": attributes})
    order = acme.create(
        "/orders/", customerId=customer["id"], startDate=START.isoformat(), lines=[{"productId": product["id"]}]
    )
    for number in range(seats):
        acme.call("PUT", f"/customers/acme/users/user-{number}", {})
    assigned = acme.get(f"/orders/{order['id']}/seats", limit=1000)["data"] if seats else []
    assignments = [{"seatId": seat["id"], "userExternalId": f"user-{number}"} for number, seat in enumerate(assigned)]
    for start in range(0, len(assignments), TYPICAL):
        acme.call(
            "POST", f"/orders/{order['id']}/seat-assignments", {"assignments": assignments[start : start + TYPICAL]}
        )
    acme.call("POST", f"/orders/{order['id']}/activate")


def _signal(day: int, user: str | None, number: int = 0) -> dict[str, Any]:
    """The quantities have no pattern that could be compressed."""
    pages = zlib.crc32(f"{day} {user} {number}".encode()) % 1_000
    return {
        "eventName": "read",
        "customer": {"externalCustomerId": "acme"},
        "attribution": {"externalProductId": "reader"},
        "timestamp": (START + timedelta(days=day, seconds=number % 86_400)).isoformat(),
        "data": {"pages": pages} if user is None else {"pages": pages, "external_user_id": user},
    }
