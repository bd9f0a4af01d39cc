"""Whoever's credits are used up is told of once: signals → rating → credit queue → item → stream → receiver."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from functions.adapters.sqs import SqsCreditQueue
from infra.resources import CREDIT_QUEUE
from tests.functions.hooks import Listener
from tests.functions.sales import Json, Seller, seller
from tests.functions.test_kept_messages import body, deliver
from tests.receiver import receiving
from tests.world import World, invoke

DEPLETED = "billing-credits-depleted"
JUNE_9, JUNE_10 = date(2025, 6, 9), date(2025, 6, 10)


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        made = Listener(seller(empty_world, clock="2025-06-10"), receiver)
        made.listen(DEPLETED)
        yield made


@pytest.fixture
def acme(hooks: Listener) -> Seller:
    return hooks.acme


def currency(acme: Seller, key: str = "pages") -> str:
    return str(acme.tenant.create("/credits/currencies", name=key, key=key)["id"])


def grant(acme: Seller, amount: float, key: str = "pages", **fields: object) -> None:
    answer = acme.tenant.call(
        "POST", "/customers/external/acme/credits/grants", {"creditCurrencyKey": key, "amount": amount, **fields}
    )
    assert answer.status == 201, answer


def one_each(currency_id: str, event: str = "read", **price: object) -> Json:
    """One credit a signal."""
    pricing = {"pricingType": "UsagePrepaidCredits", "eventName": event, "creditsCurrencyId": currency_id}
    return {"name": event, "pricing": {**pricing, "creditCost": 1, "overageUnitPrice": 10, **price}}


def told(hooks: Listener) -> list[Any]:
    return [each.body["data"]["credits"] for each in hooks.receiver.received]


def test_the_signal_that_takes_the_last_credit_is_told_of_once(hooks: Listener, acme: Seller) -> None:
    """3 are granted: the second signal leaves one, the third none, and the fourth changes nothing of that."""
    currency_id = currency(acme)
    grant(acme, 3)
    acme.sell(one_each(currency_id))

    acme.send(JUNE_9, JUNE_10, event="read")
    assert told(hooks) == []
    acme.send(JUNE_10, event="read")
    acme.send(JUNE_10, event="read")

    (received,) = hooks.receiver.received
    assert received.is_signed_with(hooks.secret)
    assert received.body == {
        "event": DEPLETED,
        "timestamp": "2025-06-10T00:00:00.000Z",
        "isTest": False,
        "data": {
            "credits": {
                "customerId": acme.customer_id,
                "creditsCurrencyId": currency_id,
                "balance": 0,
                "occurredAt": "2025-06-10T00:00:00.000Z",
            }
        },
    }


def test_a_signal_that_takes_more_than_there_is_uses_up_what_there_is(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    grant(acme, 2.5)
    acme.sell(one_each(currency_id, creditCost=2))

    acme.send(JUNE_10, JUNE_10, event="read")

    assert len(told(hooks)) == 1


def test_what_is_granted_after_it_and_used_up_too_is_told_of_again(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    grant(acme, 1)
    acme.sell(one_each(currency_id))
    acme.send(JUNE_10, event="read")

    acme.clock("2025-06-11")
    grant(acme, 2)
    acme.send(JUNE_10, event="read")
    assert len(told(hooks)) == 1
    acme.send(JUNE_10, event="read")

    assert [each["occurredAt"] for each in told(hooks)] == ["2025-06-10T00:00:00.000Z", "2025-06-11T00:00:00.000Z"]
    assert len({each.id for each in hooks.receiver.received}) == 2


def test_each_month_of_a_benefit_that_is_used_up_is_told_of(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    benefit = {"creditsCurrencyId": currency_id, "amount": 1, "recipient": "organization"}
    acme.sell({**one_each(currency_id), "creditBenefits": [benefit]}, billingAnchor=1)
    acme.send(JUNE_10, event="read")

    acme.clock("2025-07-02")
    acme.send(date(2025, 7, 1), event="read")

    assert [each["occurredAt"][:10] for each in told(hooks)] == ["2025-06-10", "2025-07-02"]


def test_a_grant_by_hand_on_the_day_of_a_benefit_is_used_up_by_itself(hooks: Listener, acme: Seller) -> None:
    """Also while the clock of a test stands still, and all are of one moment."""
    currency_id = currency(acme)
    benefit = {"creditsCurrencyId": currency_id, "amount": 1, "recipient": "organization"}
    acme.sell({**one_each(currency_id), "creditBenefits": [benefit]}, startDate="2025-06-10T00:00:00Z")

    acme.send(JUNE_10, event="read")
    for amount in (1, 2):
        grant(acme, amount, startsAt="2025-06-10T00:00:00Z")
        acme.send(*[JUNE_10] * amount, event="read")

    assert len(told(hooks)) == 3


def test_currencies_are_used_up_one_by_one(hooks: Listener, acme: Seller) -> None:
    """A customer may take of two; only one of them is at its end."""
    pages, words = currency(acme, "pages"), currency(acme, "words")
    grant(acme, 1, "pages")
    grant(acme, 2, "words")
    acme.sell(one_each(pages), one_each(words, "written"))

    acme.send(JUNE_10, event="read")
    acme.send(JUNE_10, event="written")

    assert [each["creditsCurrencyId"] for each in told(hooks)] == [pages]


def test_credits_without_end_are_never_used_up(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    benefit = {"creditsCurrencyId": currency_id, "isInfiniteTotal": True, "recipient": "organization", "amount": 0}
    acme.sell({**one_each(currency_id), "creditBenefits": [benefit]})

    acme.send(JUNE_10, JUNE_10, event="read")

    assert told(hooks) == []


def test_what_was_never_granted_or_has_expired_is_not_used_up(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    acme.sell(one_each(currency_id))
    acme.send(JUNE_10, event="read")
    acme.clock("2025-06-20")
    grant(acme, 5, startsAt="2025-06-20T00:00:00Z", expiresAt="2025-06-21T00:00:00Z")

    acme.clock("2025-06-22")
    acme.send(date(2025, 6, 22), event="read")

    assert told(hooks) == []


def test_credits_of_seats_are_the_customers_too(hooks: Listener, acme: Seller) -> None:
    """One seat with one credit, and one of the customer's: the seat's goes first, and is not the last."""
    currency_id = currency(acme)
    benefit = {"creditsCurrencyId": currency_id, "amount": 1, "recipient": "seat"}
    point = {"currency": "USD", "unitPrice": 30_00, "minQuantity": 1}
    sold = {"pricingType": "SeatBasedPerUnit", "billingFrequency": "Monthly", "pricePoints": [point]}
    team = {"name": "Team", "pricing": sold, "creditBenefits": [benefit]}
    order = acme.sell(team, one_each(currency_id), billingAnchor=1)
    (seat,) = acme.tenant.get(f"/orders/{order['id']}/seats")["data"]
    assert acme.tenant.call("PUT", "/customers/acme/users/ada", {"name": "Ada"}).status in {200, 201}
    taken = acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seat['id']}", {"userExternalId": "ada"})
    assert taken.status == 200, taken
    grant(acme, 1)

    acme.send(JUNE_10, event="read", data={"external_user_id": "ada"})
    assert told(hooks) == []
    acme.send(JUNE_10, event="read", data={"external_user_id": "ada"})

    assert len(told(hooks)) == 1


def test_credits_that_wait_for_an_invoice_are_used_up_when_they_were_given(hooks: Listener, acme: Seller) -> None:
    """The signal that comes first waits for the credit, which comes when the invoice is posted; the next finds none."""
    currency_id = currency(acme)
    fee = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly"}
    point = {"currency": "USD", "unitPrice": 100_00}
    waits = {"creditsCurrencyId": currency_id, "amount": 1, "recipient": "organization"}
    benefits = [{**waits, "creditGrantTiming": "on_invoice_posted"}]
    platform = {"name": "Platform", "pricing": {**fee, "pricePoints": [point]}, "creditBenefits": benefits}
    acme.sell(platform, one_each(currency_id), billingAnchor=1)
    acme.send(JUNE_10, event="read")
    assert told(hooks) == []

    (invoice,) = acme.invoices()
    assert acme.tenant.call("POST", f"/invoices/{invoice['id']}/post").status == 200
    acme.send(JUNE_10, event="read")

    assert len(told(hooks)) == 1


def test_whoever_takes_no_credits_asks_nobody(hooks: Listener, acme: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(SqsCreditQueue, "send", refuse)
    price = {"pricingType": "UsagePerUnit", "eventName": "read", "pricePoints": [{"currency": "USD", "unitPrice": 10}]}
    acme.sell({"name": "Read", "pricing": price})

    acme.send(JUNE_10, event="read")

    assert told(hooks) == []


def test_nothing_is_lost_where_the_queue_cannot_be_asked_at_first(
    hooks: Listener, acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signals are logged and rated by then: their message comes again, brings nothing new, and asks."""
    currency_id = currency(acme)
    grant(acme, 1)
    acme.sell(one_each(currency_id))
    send, tries = SqsCreditQueue.send, list[str]()

    def fail_once(self: SqsCreditQueue, organization_id: str, customer_id: str, **at: Any) -> None:
        tries.append(customer_id)
        if len(tries) == 1:
            raise ConnectionError("SQS is down")
        send(self, organization_id, customer_id, **at)

    monkeypatch.setattr(SqsCreditQueue, "send", fail_once)
    acme.send(JUNE_10, event="read")
    acme.world.work()

    assert len(tries) == 2
    assert len(told(hooks)) == 1


def test_a_message_that_comes_again_tells_nothing_again(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    grant(acme, 1)
    acme.sell(one_each(currency_id))
    message = body("credits.1.json", ORGANIZATION=acme.tenant.organization_id, CUSTOMER=acme.customer_id)
    acme.send(JUNE_10, event="read")

    assert deliver("watch_credits", message, message) == []
    assert deliver("watch_credits", message) == []
    acme.world.work()

    assert len(told(hooks)) == 1


def test_a_message_that_cannot_be_read_comes_back_and_the_others_are_done(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    grant(acme, 1)
    acme.sell(one_each(currency_id))
    message = body("credits.1.json", ORGANIZATION=acme.tenant.organization_id, CUSTOMER=acme.customer_id)
    acme.send(JUNE_10, event="read")
    hooks.receiver.received.clear()

    assert deliver("watch_credits", "{}", message, message.replace('"schema": 1', '"schema": 9')) == ["0", "2"]


def test_it_is_told_again_when_an_operator_asks_for_it(hooks: Listener, acme: Seller) -> None:
    currency_id = currency(acme)
    grant(acme, 1)
    acme.sell(one_each(currency_id))
    acme.send(JUNE_10, event="read")

    asked = {"operation": "announce_invoices", "organization": acme.tenant.organization_id, "since": "2025-06-10"}
    assert invoke("admin", asked)["events"] == {DEPLETED: 1}
    acme.world.work()

    first, again = hooks.receiver.received
    assert (first.id, first.body) == (again.id, again.body)


def test_the_queue_is_asked_with_the_moment_by_the_clock_of_the_organization(
    hooks: Listener, acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    monkeypatch.setattr(SqsCreditQueue, "send", lambda *_, at: asked.append(at.isoformat()))
    acme.sell(one_each(currency(acme)))

    acme.send(JUNE_9, event="read")

    assert asked == ["2025-06-10T00:00:00+00:00"]
    assert CREDIT_QUEUE.max_concurrency < 10
    assert told(hooks) == []
