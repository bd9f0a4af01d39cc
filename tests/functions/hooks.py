"""What the tests of webhooks share: an organization that listens, and the queue with time standing still."""

from dataclasses import dataclass
from typing import Any

from infra.resources import WEBHOOK_QUEUE
from local.events import queue_event
from local.messages import Message
from local.resources import queue_arn
from tests.functions.sales import Seller
from tests.receiver import Receiver
from tests.world import Answer, invoke

CREATED, POSTED, PAID = "billing-invoice-created", "billing-invoice-posted", "billing-invoice-paid"
NAMES = [
    CREATED,
    POSTED,
    PAID,
    "billing-checkout-created",
    "billing-checkout-completed",
    "billing-checkout-expired",
    "billing-payment-succeeded",
    "billing-payment-failed",
    "billing-credits-depleted",
    "billing-overage-incurred",
    "billing-credit-cap-reached",
]


@dataclass
class Listener:
    """An organization whose webhooks lead to `receiver`."""

    acme: Seller
    receiver: Receiver
    secret: str = ""

    def patch(self, name: str, **fields: object) -> Answer:
        answer = self.acme.tenant.call("PATCH", f"/webhooks/{name}", fields)
        self.secret = (answer.body.get("signingSecret") if answer.status == 200 else None) or self.secret
        return answer

    def listen(self, *names: str) -> None:
        for name in names:
            assert self.patch(name, enabled=True, url=self.receiver.url).status == 200

    def shown(self, name: str) -> Any:
        return next(each for each in self.acme.tenant.get("/webhooks/")["data"] if each["name"] == name)

    def deliveries(self, name: str, **query: object) -> list[Any]:
        listed: list[Any] = self.acme.tenant.get(f"/webhooks/{name}/deliveries", **query)["data"]
        return listed

    def test(self, name: str) -> Answer:
        return self.acme.tenant.call("POST", f"/webhooks/{name}/test", {})

    def waiting(self) -> list[Message]:
        """What is in the queue of webhooks, taken out of it."""
        self.acme.world.announce()
        return self.acme.world.receive(WEBHOOK_QUEUE)

    def attempt(self, message: Message, attempt: int = 1) -> bool:
        """Delivers the message as at its n-th receipt; whether it is done with."""
        counted = Message(
            message.id, message.receipt, message.body, attributes={"ApproximateReceiveCount": str(attempt)}
        )
        answer = invoke("deliver_webhooks", queue_event([counted], queue_arn(WEBHOOK_QUEUE.name)))
        return bool(answer == {"batchItemFailures": []})
