"""What is announced of invoices, and how it reaches its receiver: stream → queue → receiver, with the real handlers."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from functions.billing.models.webhook import Announcement, WebhookEvent
from functions.billing.models.webhook_retries import MAX_ATTEMPTS, retry_after_seconds
from functions.runtime.webhook_envelope import envelope
from functions.webhooks.samples import sample_data
from functions.wiring import announcing, aws
from infra.resources import INVOICE_QUEUE, WEBHOOK_QUEUE
from local.resources import Clients
from tests.builders import NOW
from tests.faults import Answer, Call, listening
from tests.functions.hooks import CREATED, PAID, POSTED, Listener
from tests.functions.sales import at, fee, seller
from tests.receiver import receiving
from tests.world import World


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


def one_message(hooks: Listener) -> Any:
    """Of an invoice that was made, a draft of 500.00."""
    hooks.listen(CREATED)
    order = hooks.acme.order(fee(at(500_00)))
    hooks.acme.tenant.call("POST", f"/orders/{order['id']}/activate")
    hooks.acme.world.deliver(INVOICE_QUEUE)
    (message,) = hooks.waiting()
    return message


def test_an_invoice_that_posts_itself_is_announced_as_created_and_as_posted(hooks: Listener) -> None:
    hooks.listen(CREATED, POSTED, PAID)

    hooks.acme.sell(fee(at(500_00)), autoPostInvoices=True)

    (invoice,) = hooks.acme.invoices()
    assert sorted(hooks.receiver.events()) == [(CREATED, invoice["id"]), (POSTED, invoice["id"])]
    assert all(each.is_signed_with(hooks.secret) for each in hooks.receiver.received)
    for each in hooks.receiver.received:
        assert each.headers["content-type"] == "application/json"
        assert each.body == {
            "event": each.body["event"],
            "timestamp": invoice["createdAt"],
            "isTest": False,
            "data": {"invoice": invoice},
        }


def test_a_draft_is_announced_as_it_was_and_again_when_it_is_posted(hooks: Listener) -> None:
    hooks.listen(CREATED, POSTED)
    hooks.acme.sell(fee(at(500_00)))
    (draft,) = hooks.acme.invoices()

    hooks.acme.tenant.call("POST", f"/invoices/{draft['id']}/post")
    hooks.acme.world.work()

    created, posted = hooks.receiver.received
    assert created.body["data"]["invoice"] == draft
    assert posted.body["data"]["invoice"]["displayNumber"] == "INV-000001"
    assert created.id != posted.id


def test_an_invoice_of_nothing_is_paid_when_it_is_posted(hooks: Listener) -> None:
    hooks.listen(PAID)

    hooks.acme.sell(fee(at(0)), fee(at(0), name="Other"), autoPostInvoices=True)

    assert [event for event, _ in hooks.receiver.events()] == [PAID] * len(hooks.acme.invoices())


@pytest.mark.parametrize("event", WebhookEvent)
def test_every_event_of_the_contract_goes_by_the_queue_in_its_envelope_signed(
    hooks: Listener, event: WebhookEvent
) -> None:
    """Also those of what nothing here does yet: whoever makes one happen sends it by this very way."""
    hooks.listen(event)
    body = envelope(event, at=NOW, data=sample_data(event, now=NOW))
    happened = Announcement(
        id=f"evt_{event}", organization_id=hooks.acme.tenant.organization_id, event=event, body=body
    )

    announce = announcing.announce_events()
    announce.add([happened])
    announce.send()
    hooks.acme.world.work()

    (received,) = hooks.receiver.received
    assert received.is_signed_with(hooks.secret)
    assert received.id == f"evt_{event}"
    assert received.body.keys() == {"event", "timestamp", "isTest", "data"}
    assert (received.body["event"], received.body["timestamp"]) == (event, "2025-06-01T12:00:00.000Z")
    (kind,) = received.body["data"]
    assert kind in {"invoice", "checkout", "payment", "credits", "overage"}
    (attempt,) = hooks.deliveries(event)
    assert attempt["status"] == "success"


def test_voiding_and_new_metadata_announce_nothing(hooks: Listener) -> None:
    hooks.acme.sell(fee(at(500_00)), autoPostInvoices=True)
    hooks.listen(CREATED, POSTED, PAID)
    (invoice,) = hooks.acme.invoices()

    hooks.acme.tenant.call("PUT", f"/invoices/{invoice['id']}", {"metadata": {"a": 1}})
    hooks.acme.tenant.call("POST", f"/invoices/{invoice['id']}/void")
    hooks.acme.world.work()

    assert hooks.receiver.received == []


def test_a_billing_run_of_many_days_announces_each_invoice_once(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.acme.sell(fee(at(500_00)), startDate="2025-01-01T00:00:00Z")

    hooks.acme.world.advance_clock(hooks.acme.tenant, date(2025, 9, 1))

    invoices = [invoice["id"] for invoice in hooks.acme.invoices()]
    assert len(invoices) >= 8
    assert sorted(invoice for _, invoice in hooks.receiver.events()) == sorted(invoices)


def test_what_is_not_enabled_is_not_sent(hooks: Listener) -> None:
    hooks.patch(CREATED, url=hooks.receiver.url)

    hooks.acme.sell(fee(at(500_00)))

    assert hooks.waiting() == []


def test_a_webhook_gets_what_happens_from_the_moment_on_at_which_it_is_enabled(hooks: Listener) -> None:
    hooks.acme.sell(fee(at(500_00)))
    hooks.listen(CREATED)
    hooks.acme.sell(fee(at(700_00)))

    assert [each.body["data"]["invoice"]["invoiceTotal"] for each in hooks.receiver.received] == [700_00]


def test_a_message_is_delivered_to_the_present_url_and_dropped_if_it_is_disabled(hooks: Listener) -> None:
    message = one_message(hooks)
    hooks.patch(CREATED, url=hooks.receiver.url + "/new")
    first = hooks.attempt(message)
    hooks.patch(CREATED, enabled=False)
    second = hooks.attempt(message)

    assert (first, second) == (True, True)
    assert [each.path for each in hooks.receiver.received] == ["/hooks/new"]


def test_every_attempt_sends_the_same_body_under_the_same_id(hooks: Listener) -> None:
    message = one_message(hooks)
    hooks.receiver.answers += [503, 503, 200]

    done = [hooks.attempt(message, attempt) for attempt in (1, 2, 3)]

    assert done == [False, False, True]
    assert len({(each.id, each.raw) for each in hooks.receiver.received}) == 1
    assert [(each["attempt"], each["statusCode"]) for each in hooks.deliveries(CREATED)] == [
        (3, 200),
        (2, 503),
        (1, 503),
    ]
    assert {each["id"] for each in hooks.deliveries(CREATED)} == {hooks.receiver.received[0].id}
    assert hooks.shown(CREATED)["lastStatus"] == "success"


@pytest.mark.parametrize("attempt", range(1, MAX_ATTEMPTS + 1))
def test_a_failed_attempt_is_hidden_for_as_long_as_the_schedule_says(hooks: Listener, attempt: int) -> None:
    message = one_message(hooks)
    hooks.receiver.answers.append(500)
    hidden: list[int] = []

    def look(call: Call) -> Answer | None:
        if call.operation == "ChangeMessageVisibility":
            hidden.append(int(json.loads(call.body)["VisibilityTimeout"]))
        return None

    with listening(Clients(aws.dynamodb(), aws.s3(), aws.sqs()), look):
        hooks.attempt(message, attempt)

    name = json.loads(message.body)["id"]
    assert hidden == [retry_after_seconds(name, attempt=attempt) or 0]


def test_after_the_last_attempt_the_message_is_among_the_dead(hooks: Listener) -> None:
    message = one_message(hooks)
    world, url = hooks.acme.world, hooks.acme.world.url(WEBHOOK_QUEUE)

    hooks.receiver.answers.extend([500] * MAX_ATTEMPTS)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        hooks.attempt(message, attempt)
        world.clients.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message.receipt, VisibilityTimeout=0)
        (message,) = world.receive(WEBHOOK_QUEUE) or (message,)

    dead = world.clients.sqs.get_queue_url(QueueName="owed-webhooks-dead")["QueueUrl"]
    letters = world.clients.sqs.receive_message(QueueUrl=dead)["Messages"]
    assert [letter["Body"] for letter in letters] == [message.body]
    assert len(hooks.receiver.received) == MAX_ATTEMPTS


def test_a_body_that_nobody_understands_is_an_error_and_is_sent_to_nobody(hooks: Listener) -> None:
    message = one_message(hooks)
    newer = json.dumps({**json.loads(message.body), "schema": 2})

    with pytest.raises(ValueError, match="schema"):
        hooks.attempt(type(message)(message.id, message.receipt, newer))

    assert hooks.receiver.received == []


def test_no_secret_is_in_the_logs(
    hooks: Listener, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    hooks.listen(CREATED)
    hooks.receiver.answers += [500]

    hooks.acme.sell(fee(at(500_00)))

    logged = caplog.text + "".join(capfd.readouterr())
    assert "webhook not delivered" in logged
    assert hooks.secret not in logged
    assert hooks.secret.removeprefix("whsec_") not in logged
