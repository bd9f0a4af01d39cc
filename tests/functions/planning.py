"""A product with plans, in the words of the tests of plans and of what is sold from them."""

from typing import Any

from tests.functions.sales import Json, Seller, at, fee, usage
from tests.world import Answer


class Planner:
    """A product of Acme's with a fee of 100.00 a month and e-mails at 1.00, and its plans."""

    def __init__(self, acme: Seller) -> None:
        self.tenant = acme.tenant
        self.product_id = acme.product(fee(), usage(at(1_00)), externalId="sdr")
        sold = self.tenant.get(f"/products/{self.product_id}")["productAttributes"]
        self.fee_id, self.mail_id = (attribute["productAttributeId"] for attribute in sold)

    def fee(self, *prices: Json, **pricing: Any) -> Json:
        return {"productAttributeId": self.fee_id, "pricing": fee(*prices, **pricing)["pricing"]}

    def mails(self, *prices: Json) -> Json:
        return {"productAttributeId": self.mail_id, "pricing": usage(*prices)["pricing"]}

    def ask(self, *attributes: Json, **fields: object) -> Answer:
        body: Json = {"productId": self.product_id, "attributes": list(attributes or (self.fee(),)), **fields}
        return self.tenant.call("POST", "/plans/", body)

    def make(self, *attributes: Json, **fields: object) -> Any:
        answer = self.ask(*attributes, **fields)
        assert answer.status == 201, answer
        return answer.body

    def update(self, plan: Any, **fields: object) -> Answer:
        return self.tenant.call("PUT", f"/plans/{plan['id']}", fields)

    def names(self, **query: object) -> list[str]:
        return [plan["name"] for plan in self.tenant.get("/plans/", **query)["data"]]

    def defaults(self) -> list[str]:
        return [plan["name"] for plan in self.tenant.get("/plans/")["data"] if plan["isDefault"]]

    def path(self, *groups: Json) -> Answer:
        return self.tenant.call("PUT", "/plans/upgrade-path", {"productId": self.product_id, "groups": list(groups)})

    def places(self) -> dict[str, int | None]:
        return {plan["name"]: plan["upgradePathOrder"] for plan in self.tenant.get("/plans/")["data"]}
