"""Messages of every shape that was ever sent, through the functions of today: an upgrade finds them in the queues.

The messages of the signal queue are of `org_kept`, as the front door of their time packed them:

    signals.1           one-1, one-2: no header, no source          signals.1.costs    0.25 USD
    signals.2.request   two-1, two-2, two-3: a whole request        signals.2.costs    0.50 USD
    signals.2.list      list-1: what was left of three
"""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from functions.billing.models.organization import Organization
from functions.billing.models.settlement import Outcome
from functions.runtime import messages
from functions.runtime.chance import real_now
from functions.wiring import identity, settling
from infra.resources import DOCUMENTS, INVOICE_QUEUE, QUEUES
from local.events import queue_event
from local.messages import Message
from local.resources import physical_name, queue_arn
from tests.functions.hooks import POSTED, Listener
from tests.functions.sales import Seller, at, fee, seller, usage
from tests.receiver import receiving
from tests.world import ALL_SCOPES, Tenant, World, invoke

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "messages"
OF_SIGNALS = sorted(path.name for path in FOLDER.glob("signals.*"))
SIGNALS_IN = {"signals.1.txt": 2, "signals.2.request.txt": 3, "signals.2.list.txt": 1}


def body(name: str, **made: str) -> str:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for word, value in made.items():
        text = text.replace(word, value)
    return text


def deliver(function: str, *bodies: str) -> list[str]:
    """The bodies as one delivery; answers the places of those that come back."""
    sent = [
        Message(id=str(place), receipt=f"receipt-{place}", body=each, attributes={"ApproximateReceiveCount": "1"})
        for place, each in enumerate(bodies)
    ]
    answer = invoke(function, queue_event(sent, queue_arn("any")))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """`org_kept`, which sells e-mails at 0.10 to `acme` and passes its costs on at four times what they were."""
    now = real_now()
    identity.organizations().insert(
        Organization(id="org_kept", name="Acme AI", test=True, clock=date(2025, 6, 10), created_at=now, updated_at=now)
    )
    tenant = Tenant("org_kept", empty_world.key("org_kept", scopes=ALL_SCOPES, now=now))
    customer = tenant.create("/customers/", name="Acme Ltd", externalId="acme")
    made = Seller(empty_world, tenant, customer["id"])
    tokens = {"name": "Tokens", "pricing": {"pricingType": "UsageCostPlus", "costPlusMultiplier": 4}}
    made.sell(usage(at(10)), tokens, autoPostInvoices=True)
    product = tenant.get("/products/")["data"][0]["id"]
    assert tenant.call("PUT", f"/products/{product}", {"externalId": "ai-sdr"}).status == 200
    return made


def logged(acme: Seller) -> int:
    return int(acme.tenant.get("/signals/")["pagination"]["total"])


def invoiced(acme: Seller) -> list[int]:
    """The amount, in cents, of each line of all invoices at the first of July."""
    acme.clock("2025-07-01")
    return [line["totalPriceBeforeTax"] for invoice in acme.invoices() for line in acme.lines(invoice)]


def test_every_queue_and_every_number_that_its_code_reads_is_kept() -> None:
    read = {
        "invoices": get_args(messages.BillOrdersMessage.model_fields["schema_version"].annotation),
        "documents": get_args(messages.DocumentMessage.model_fields["schema_version"].annotation),
        "webhooks": get_args(messages.WebhookMessage.model_fields["schema_version"].annotation),
        "credits": get_args(messages.WatchCreditsMessage.model_fields["schema_version"].annotation),
        "signals": (1, 2),
    }

    kept = {tuple(path.name.split(".")[:2]) for path in FOLDER.iterdir()}

    assert set(read) == {queue.name for queue in QUEUES}
    assert kept == {(queue, str(number)) for queue, numbers in read.items() for number in numbers}


@pytest.mark.parametrize("name", sorted(SIGNALS_IN))
def test_kept_signals_are_counted_once_and_billed_once_however_often_they_come(acme: Seller, name: str) -> None:
    many = SIGNALS_IN[name]

    assert deliver("rate_signals", body(name), body(name)) == []
    assert deliver("rate_signals", body(name)) == []

    assert logged(acme) == many
    # each at 0.10
    assert invoiced(acme) == [many * 10]


def test_all_kept_signals_in_one_delivery_add_up(acme: Seller) -> None:
    assert deliver("rate_signals", *(body(name) for name in OF_SIGNALS)) == []

    balance = invoke("admin", {"operation": "balance", "organization": "org_kept"})["balance"]

    # 6 signals + 2 costs
    assert (balance["accepted"], balance["counted"], balance["addsUp"]) == (8, 8, True)
    # 6 e-mails at 0.10; four times 0.25 + 0.50
    assert invoiced(acme) == [60, 300]


@pytest.mark.parametrize(("name", "cents"), [("signals.1.costs.txt", 25), ("signals.2.costs.txt", 50)])
def test_kept_costs_are_passed_on_once(acme: Seller, name: str, cents: int) -> None:
    assert deliver("rate_signals", body(name), body(name)) == []

    assert invoiced(acme) == [4 * cents]


@pytest.mark.parametrize("name", OF_SIGNALS)
def test_kept_dead_letters_are_shelved_sent_again_and_logged_once(acme: Seller, name: str) -> None:
    assert deliver("shelve_signals", body(name), body(name)) == []
    assert [stored.value.outcome for stored in settling.settlements().all("org_kept")] == [Outcome.DEAD]

    answer = invoke("admin", {"operation": "redrive", "organization": "org_kept"})
    assert (answer["sent"], answer["gone"]) == (1, [])
    acme.world.work()

    balance = invoke("admin", {"operation": "balance", "organization": "org_kept"})["balance"]
    assert (balance["counted"], balance["rejected"], balance["addsUp"]) == (SIGNALS_IN.get(name, 1), 0, True)


def test_an_order_asked_for_by_messages_of_every_number_is_billed_once(empty_world: World) -> None:
    acme = seller(empty_world)
    order = acme.order(fee(at(500_00)), autoPostInvoices=True)
    acme.tenant.call("POST", f"/orders/{order['id']}/activate")
    empty_world.clients.sqs.purge_queue(QueueUrl=empty_world.url(INVOICE_QUEUE))
    names = sorted(path.name for path in FOLDER.glob("invoices.*"))
    bodies = [body(name, ORGANIZATION=acme.tenant.organization_id, ORDER=order["id"]) for name in names]

    for each in (*bodies, *reversed(bodies)):
        assert deliver("generate_invoices", each) == []

    assert acme.totals() == [("2025-06-01", 500_00)]
    assert [invoice["displayNumber"] for invoice in acme.invoices()] == ["INV-000001"]


def test_the_documents_that_a_kept_message_asks_for_are_set(empty_world: World) -> None:
    acme = seller(empty_world)
    acme.sell(fee(at(500_00)), autoPostInvoices=True)
    (invoice,) = acme.invoices()
    bucket = physical_name(DOCUMENTS.name)
    key = f"invoices/{acme.tenant.organization_id}/2025/06/INV-000001.pdf"
    empty_world.clients.s3.delete_object(Bucket=bucket, Key=key)

    message = body("documents.1.json", ORGANIZATION=acme.tenant.organization_id, INVOICE=invoice["id"])
    assert deliver("render_documents", message) == []

    assert empty_world.clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read(4) == b"%PDF"


def test_a_kept_webhook_is_delivered_byte_by_byte(empty_world: World) -> None:
    with receiving() as receiver:
        hooks = Listener(seller(empty_world), receiver)
        hooks.listen(POSTED)
        text = body("webhooks.1.json", ORGANIZATION=hooks.acme.tenant.organization_id)

        assert deliver("deliver_webhooks", text) == []

        (received,) = receiver.received
    assert received.id == "evt_kept"
    assert received.body == {
        "event": POSTED,
        "timestamp": "2025-06-01T00:00:00.000Z",
        "isTest": False,
        "data": {},
    }


NEWER = [
    ("generate_invoices", "invoices.2.json", '"schema": 2'),
    ("render_documents", "documents.1.json", '"schema": 1'),
    ("watch_credits", "credits.1.json", '"schema": 1'),
]


@pytest.mark.usefixtures("empty_world")
@pytest.mark.parametrize(("function", "name", "number"), NEWER)
def test_a_message_of_a_number_to_come_waits_for_the_code_that_reads_it(function: str, name: str, number: str) -> None:
    newer = body(name).replace(number, '"schema": 9')

    assert deliver(function, newer) == ["0"]


@pytest.mark.usefixtures("empty_world")
def test_a_webhook_of_a_number_to_come_waits_too() -> None:
    newer = body("webhooks.1.json").replace('"schema": 1', '"schema": 9')

    with pytest.raises(ValidationError, match="schema"):  # it comes alone, so that its call as a whole may fail
        deliver("deliver_webhooks", newer)


def test_signals_of_a_number_to_come_wait_and_count_nothing(acme: Seller) -> None:
    newer = body("signals.2.request.txt").replace('"schema":2', '"schema":9')

    assert deliver("rate_signals", newer, body("signals.1.txt")) == ["0"]

    assert logged(acme) == SIGNALS_IN["signals.1.txt"]
