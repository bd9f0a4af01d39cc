"""What it costs more when signals take credits: the usage of every day stands in the item that each append writes."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.budget import Budget
from benchmarks.signals import TYPICAL, accept, delivered
from tests.world import Tenant, fresh_world

START = datetime(2022, 1, 1, tzinfo=UTC)
YEARS, SEATS = 3, 10
DAYS = 365

PER_UNIT = {"pricingType": "UsagePerUnit", "eventName": "read", "pricePoints": [{"currency": "USD", "unitPrice": 1}]}
IN_CREDITS = {
    "pricingType": "UsagePrepaidCredits",
    "eventName": "read",
    "creditCost": 0.25,
    "pricingInput": {"kind": "signalQuantity", "path": "pages"},
    "overageUnitPrice": 10,
}


def budgets() -> list[Budget]:
    plain = _write_units(days=YEARS * DAYS)
    shared = _write_units(days=YEARS * DAYS, in_credits=1)
    of_seats = _write_units(days=DAYS, in_credits=1, seats=SEATS) - _write_units(days=DAYS)
    return [
        Budget(f"write units more a signal in credits, after {YEARS} years", 0.1, (shared - plain) / TYPICAL),
        Budget(f"write units more a signal in credits of {SEATS} seats, after one", 0.2, of_seats / TYPICAL),
    ]


def _write_units(*, days: int, in_credits: int = 0, seats: int = 0) -> float:
    """Of one append of a typical size, behind signals of each of so many days."""
    with fresh_world() as world:
        acme = world.tenant(test=False)
        _sell(acme, in_credits=in_credits, seats=seats)
        users: list[str | None] = [f"user-{number}" for number in range(seats)] or [None]
        before = [_signal(day, user) for day in range(days) for user in users]
        for start in range(0, len(before), 5_000):
            accept(acme, before[start : start + 5_000])
            world.work()
        last = [_signal(days - 1, users[number % len(users)], number) for number in range(TYPICAL)]
        return delivered(acme, world, last).write_units


def _sell(acme: Tenant, *, in_credits: int, seats: int) -> None:
    customer = acme.create("/customers/", name="Acme Ltd", externalId="acme")
    product = acme.create("/products/", name="Reader", externalId="reader")
    currency = acme.create("/credits/currencies", name="Pages", key="pages")["id"]
    pricing: dict[str, Any] = {**IN_CREDITS, "creditsCurrencyId": currency} if in_credits else PER_UNIT
    attributes: list[dict[str, Any]] = [{"name": "Pages", "pricing": pricing}]
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
    assigned = acme.get(f"/orders/{order['id']}/seats")["data"] if seats else []
    assignments = [{"seatId": seat["id"], "userExternalId": f"user-{number}"} for number, seat in enumerate(assigned)]
    if assignments:
        acme.call("POST", f"/orders/{order['id']}/seat-assignments", {"assignments": assignments})
    acme.call("POST", f"/orders/{order['id']}/activate")


def _signal(day: int, user: str | None, number: int = 0) -> dict[str, Any]:
    """The quantities have no pattern that could be compressed."""
    pages = zlib.crc32(f"{day} {user} {number}".encode()) % 1_000
    return {
        "eventName": "read",
        "customer": {"externalCustomerId": "acme"},
        "attribution": {"externalProductId": "reader"},
        "timestamp": (START + timedelta(days=day, seconds=number)).isoformat(),
        "data": {"pages": pages} if user is None else {"pages": pages, "external_user_id": user},
    }
