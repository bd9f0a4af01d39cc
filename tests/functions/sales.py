"""What is sold, in the words of the tests of orders, seats and invoices: USD and by the month unless said otherwise."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.world import Answer, Tenant, World

Json = dict[str, Any]

START = "2025-06-01T00:00:00Z"


def at(unit_price: int, currency: str = "USD", **quantities: int) -> Json:
    """A price point."""
    return {"currency": currency, "unitPrice": unit_price, **quantities}


def fee(*prices: Json, name: str = "Fee", **pricing: object) -> Json:
    return _attribute(name, "RecurringPerUnit", prices, {"billingFrequency": "Monthly", **pricing})


def seats(*prices: Json, name: str = "Seats", **pricing: object) -> Json:
    return _attribute(name, "SeatBasedPerUnit", prices, {"billingFrequency": "Monthly", **pricing})


def usage(*prices: Json, name: str = "E-mails", event: str = "email_sent", **pricing: object) -> Json:
    return _attribute(name, "UsagePerUnit", prices, {"eventName": event, **pricing})


def once(*prices: Json, name: str = "Setup", **pricing: object) -> Json:
    return _attribute(name, "OneTimePerUnit", prices, pricing)


def _attribute(name: str, pricing_type: str, prices: tuple[Json, ...], fields: Json) -> Json:
    points = prices or (at(100_00),)
    return {"name": name, "pricing": {"pricingType": pricing_type, "pricePoints": list(points), **fields}}


@dataclass(frozen=True)
class Seller:
    """An organization with one customer, `acme`."""

    world: World
    tenant: Tenant
    customer_id: str

    def product(self, *attributes: Json, **fields: object) -> str:
        """The id of a new product with these priced components."""
        product = self.tenant.create("/products/", **{"name": "AI SDR", **fields})
        priced = self.tenant.call("PUT", f"/products/{product['id']}", {"productAttributes": list(attributes)})
        assert priced.status == 200, priced
        return str(product["id"])

    def try_to_order(self, *attributes: Json, **fields: object) -> Answer:
        """The answer to an order, from 1 June 2025, of a new product; `line` holds further fields of its line."""
        line: Any = fields.pop("line", {})
        lines = [{"productId": self.product(*attributes), **line}] if attributes else []
        return self.tenant.call(
            "POST", "/orders/", {"customerId": self.customer_id, "startDate": START, "lines": lines, **fields}
        )

    def order(self, *attributes: Json, **fields: object) -> Any:
        """A draft."""
        answer = self.try_to_order(*attributes, **fields)
        assert answer.status == 201, answer
        return answer.body

    def activate(self, order: Any) -> Any:
        """The active order; what falls due at once is invoiced."""
        answer = self.tenant.call("POST", f"/orders/{order['id']}/activate")
        assert answer.status == 200, answer
        self.world.work()
        return answer.body

    def sell(self, *attributes: Json, **fields: object) -> Any:
        return self.activate(self.order(*attributes, **fields))

    def send(self, *on: date, event: str = "email_sent", **fields: object) -> None:
        """One signal per day given, of the last product; counted when this returns."""
        product_id = self.tenant.get("/products/")["data"][-1]["id"]
        signals = [
            {
                "eventName": event,
                "customer": {"externalCustomerId": "acme"},
                "attribution": {"productId": product_id},
                "timestamp": f"{day.isoformat()}T12:00:00Z",
                **fields,
            }
            for day in on
        ]
        answer = self.tenant.call("POST", "/signals/bulk", {"signals": signals})
        assert answer.body["ingested"] == len(on), answer
        self.world.work()

    def clock(self, day: str) -> None:
        self.world.advance_clock(self.tenant, date.fromisoformat(day))

    def invoices(self, **query: object) -> list[Any]:
        invoices: list[Any] = self.tenant.get("/invoices/", **query)["data"]
        return invoices

    def totals(self) -> list[tuple[str, int]]:
        """Issue day and total of every invoice."""
        return [(day_of(invoice["issueDate"]), invoice["invoiceTotal"]) for invoice in self.invoices()]

    def lines(self, invoice: Any) -> list[Any]:
        lines: list[Any] = self.tenant.get(f"/invoices/{invoice['id']}/lines")["data"]
        return lines


def seller(world: World, *, clock: str = "2025-06-01", **customer: object) -> Seller:
    tenant = world.tenant(clock=date.fromisoformat(clock))
    acme: Json = {"name": "Acme Ltd", "externalId": "acme", **customer}
    return Seller(world, tenant, tenant.create("/customers/", **acme)["id"])


def day_of(moment: str) -> str:
    """`2025-06-01` of midnight in UTC; anything else is not a day."""
    assert datetime.fromisoformat(moment).time() == datetime.min.time(), moment
    return moment[:10]
