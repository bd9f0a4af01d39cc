"""Every trigger payload of `events/` through the function that its name begins with."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from functions.billing.models.signal import Signal, SignalBatch
from functions.wiring import documents
from infra.resources import INVOICE_QUEUE, WEBHOOK_QUEUE
from tests.events import FOLDER, event
from tests.messages import encode_batch
from tests.receiver import receiving
from tests.world import BY_NAME, Tenant, World, invoke

MOMENT = datetime(2025, 6, 1, 9, tzinfo=UTC)


def body_of(answer: dict[str, object]) -> dict[str, object]:
    return dict(json.loads(str(answer["body"])))


def active_order(acme: Tenant) -> str:
    customer = acme.create("/customers/", name="Acme Ltd")
    product = acme.create("/products/", name="AI SDR")
    fee = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 50000}}
    order = acme.create(
        "/orders/",
        customerId=customer["id"],
        startDate="2025-06-01T00:00:00Z",
        autoPostInvoices=True,
        creationState="active",
        lines=[{"productId": product["id"], "attributes": [{"name": "Platform fee", "pricing": fee}]}],
    )
    return str(order["id"])


def test_every_payload_names_a_function_and_is_used_here() -> None:
    used = set(Path(__file__).read_text(encoding="utf-8").split('"'))

    for path in FOLDER.iterdir():
        assert path.name.partition(".")[0] in BY_NAME
        assert path.name.removesuffix(".json") in used


def test_a_bad_signal_does_not_stop_a_good_one(world: World) -> None:
    answer = invoke("signals", event("signals.bulk_with_one_bad", KEY=world.tenant().secret))

    body = body_of(answer)
    assert (body["ingested"], body["duplicates"], body["failed"]) == (1, 0, 1)
    assert body["failures"] == [{"index": 1, "code": "INVALID_INPUT", "error": "customer is missing"}]


def test_one_bad_cost_stops_all(world: World) -> None:
    acme = world.tenant()

    answer = invoke("costs", event("costs.bulk_with_one_of_an_unknown_model", KEY=acme.secret))
    world.work()

    assert answer["statusCode"] == 400
    assert "costs[1].model is 'our-own-model'" in str(body_of(answer)["error"])
    assert acme.get("/customers/")["data"] == []


def test_one_bad_span_of_two_stops_no_other(world: World) -> None:
    acme = world.tenant()

    answer = invoke("traces", event("traces.one_signal_of_two", KEY=acme.secret))
    world.work()

    assert answer["statusCode"] == 200
    assert body_of(answer) == {
        "partialSuccess": {
            "rejectedSpans": "1",
            "errorMessage": "1 of 2 spans were refused, such as span 00f067aa0ba902b7 (paid.trace.signal): "
            "paid.trace.signal has no event_name, expected the name of the signal",
        }
    }
    (logged,) = acme.get("/signals/")["data"]
    assert (logged["name"], logged["externalCustomerId"]) == ("email_sent", "acme")


@pytest.mark.usefixtures("world")
def test_no_key_is_answered_with_403_and_the_error_body() -> None:
    answer = invoke("signals", event("signals.no_key"))

    assert answer["statusCode"] == 403
    assert body_of(answer)["code"] == "FORBIDDEN"


def test_a_customer_is_created_as_api_gateway_delivers_it(world: World) -> None:
    answer = invoke("customers", event("customers.create", KEY=world.tenant().secret))

    assert answer["statusCode"] == 201
    assert body_of(answer)["externalId"] == "acme-ltd"


def test_malformed_json_is_answered_with_400(world: World) -> None:
    answer = invoke("customers", event("customers.malformed_json", KEY=world.tenant().secret))

    assert answer["statusCode"] == 400
    assert "not valid JSON" in str(body_of(answer)["error"])


def test_an_external_id_may_hold_a_slash_that_api_gateway_decoded(world: World) -> None:
    acme = world.tenant()
    acme.create("/customers/", name="Acme EMEA", externalId="emea/acme")

    answer = invoke("customers", event("customers.slash_in_external_id", KEY=acme.secret))

    assert body_of(answer)["name"] == "Acme EMEA"


@pytest.mark.usefixtures("world")
def test_health_is_public() -> None:
    assert invoke("health", event("health.get"))["statusCode"] == 200


@pytest.mark.usefixtures("world")
def test_what_no_route_matches_is_answered_with_404_and_the_error_body() -> None:
    answer = invoke("health", event("health.unknown_path"))

    assert answer["statusCode"] == 404
    assert body_of(answer)["code"] == "UNKNOWN_PATH"


def test_the_schedule_runs_as_of_its_own_day_however_late_it_fires(world: World) -> None:
    acme = world.tenant()
    active_order(acme)
    world.work()

    scheduled = invoke("start_billing_run", event("start_billing_run.scheduled"))
    by_hand = invoke("start_billing_run", event("start_billing_run.by_hand"))

    assert scheduled == by_hand == {"as_of": "2025-07-01", "orders": 0}


def test_a_poison_message_comes_back_alone(world: World) -> None:
    acme = world.tenant()
    signal = Signal(event_name="email_sent", external_customer_id="acme", occurred_at=MOMENT, idempotency_key="1")
    batch = SignalBatch(organization_id=acme.organization_id, received_at=MOMENT, signals=(signal,))

    answer = invoke("rate_signals", event("rate_signals.one_poison_record", GOOD=encode_batch(batch)))

    assert [failure["itemIdentifier"][-4:] for failure in answer["batchItemFailures"]] == ["0001"]
    assert acme.get("/signals/")["pagination"]["total"] == 1


def test_a_dead_letter_of_before_messages_had_sources_is_kept_and_accounted_for(world: World) -> None:
    acme = world.tenant(clock=date(2025, 6, 1))
    signal = Signal(event_name="email_sent", external_customer_id="acme", occurred_at=MOMENT, idempotency_key="1")
    batch = SignalBatch(organization_id=acme.organization_id, received_at=MOMENT, signals=(signal, signal))

    answer = invoke("shelve_signals", event("shelve_signals.one_dead_letter", LETTER=encode_batch(batch)))
    whole = invoke("admin", {"operation": "balance", "organization": acme.organization_id})["balance"]
    of_the_day = invoke("admin", event("admin.balance", ORGANIZATION=acme.organization_id))["balance"]

    assert answer == {"batchItemFailures": []}
    assert (whole["accepted"], whole["rejected"], whole["addsUp"]) == (2, 2, True)
    assert (of_the_day["accepted"], of_the_day["addsUp"]) == (0, True)


def test_a_message_bills_one_order_and_the_next_sets_its_documents(world: World) -> None:
    acme = world.tenant(clock=date(2025, 6, 1))
    order_id = active_order(acme)
    world.clients.sqs.purge_queue(QueueUrl=world.url(INVOICE_QUEUE))

    billed = invoke(
        "generate_invoices",
        event("generate_invoices.one_order", ORGANIZATION=acme.organization_id, ORDER=order_id),
    )
    first, second = acme.get("/invoices/")["data"]
    rendered = invoke(
        "render_documents",
        event("render_documents.one_invoice", ORGANIZATION=acme.organization_id, INVOICE=first["id"]),
    )

    assert billed == rendered == {"batchItemFailures": []}
    assert [first["invoiceTotal"], second["invoiceTotal"]] == [500_00, 500_00]
    key = f"invoices/{acme.organization_id}/2025/06/INV-000001.pdf"
    stored = documents.document_store().read(key)
    assert stored is not None
    assert stored.startswith(b"%PDF")


def test_a_customer_whose_credits_nobody_took_has_no_depletion(world: World) -> None:
    acme = world.tenant()
    customer = acme.create("/customers/", name="Acme Ltd")

    payload = event("watch_credits.one_customer", ORGANIZATION=acme.organization_id, CUSTOMER=customer["id"])

    assert invoke("watch_credits", payload) == {"batchItemFailures": []}
    assert world.announce() == 0


def test_an_invoice_that_was_posted_is_announced_and_delivered(world: World) -> None:
    acme = world.tenant()
    with receiving() as receiver:
        for name in ("billing-invoice-created", "billing-invoice-posted"):
            acme.call("PATCH", f"/webhooks/{name}", {"enabled": True, "url": receiver.url})

        announced = invoke(
            "announce_events", event("announce_events.invoice_posted", ORGANIZATION=acme.organization_id)
        )
        (message,) = world.receive(WEBHOOK_QUEUE)
        delivered = invoke("deliver_webhooks", event("deliver_webhooks.one_event", ORGANIZATION=acme.organization_id))

    assert announced == {"announced": 1, "parked": 0}
    assert delivered == {"batchItemFailures": []}
    assert json.loads(message.body)["event"] == "billing-invoice-posted"
    assert [(each.id, each.body["event"]) for each in receiver.received] == [("evt_1", "billing-invoice-created")]


@pytest.mark.usefixtures("world")
def test_a_message_of_a_newer_shape_waits_for_newer_code() -> None:
    answer = invoke("generate_invoices", event("generate_invoices.newer_schema"))

    assert len(answer["batchItemFailures"]) == 1


@pytest.mark.usefixtures("world")
def test_the_administrator_makes_an_organization_and_its_first_key() -> None:
    answer = invoke("admin", event("admin.create_organization"))

    assert answer["organization"]["clock"] == "2025-05-25"
    acme = Tenant(answer["organization"]["id"], answer["key"]["secret"])
    assert acme.get("/customers/")["data"] == []


@pytest.mark.usefixtures("world")
def test_an_unknown_operation_is_refused_with_those_that_exist() -> None:
    answer = invoke("admin", event("admin.unknown_operation"))

    assert "create_organization" in answer["error"]
