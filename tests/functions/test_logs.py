"""What callers send and what opens the API stays out of the logs. Every test checks it (logs.py); these try hard."""

import base64
import json
import logging
import zlib
from http import HTTPStatus

import pytest
from aws_lambda_powertools import Logger

from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from local.messages import Request
from tests import logs
from tests.faults import Answer, Call, answer, listening
from tests.functions.accounts import account, give_up, own_clients, put, rate, refused
from tests.functions.sales import Json
from tests.logs import PAYLOAD, LeakError, printed_by
from tests.world import PREFIX, World, send

SECRET = "owed_test_" + "x" * 43
SIGNING_SECRET = "whsec_" + "x" * 44


@pytest.mark.parametrize("secret", [SECRET, SIGNING_SECRET, f"Authorization: Bearer {SECRET[10:]}", PAYLOAD])
@pytest.mark.parametrize("way", ["message", "extra", "exception", "powertools", "print"])
def test_a_planted_leak_is_found(secret: str, way: str) -> None:
    with printed_by("orders"):
        plant(secret, way)

    with pytest.raises(LeakError, match=r"(record of the logger|what orders prints).* holds an? "):
        logs.check()
    logs.check()


def plant(secret: str, way: str) -> None:
    logger = logging.getLogger("planted")
    match way:
        case "message":
            logger.warning("request %s", {"given": secret})
        case "extra":
            logger.warning("request", extra={"given": [secret]})
        case "exception":
            try:
                int(secret)
            except ValueError:
                logger.exception("request failed")
        case "powertools":
            Logger(service="owed").info("request", extra={"given": secret})
        case _:
            print(json.dumps({"given": secret}))  # noqa: T201 - as metrics are


def test_the_sentence_that_asks_for_a_key_holds_none() -> None:
    logging.getLogger("planted").warning("the API key is missing, expected the header 'Authorization: Bearer <key>'")

    logs.check()


def test_no_payload_is_logged_of_signals_that_are_counted_rejected_or_given_up(empty_world: World) -> None:
    acme = account(empty_world)
    acme.send("1", data={"text": PAYLOAD})
    acme.send("2", customer=PAYLOAD, event=PAYLOAD, data={PAYLOAD: PAYLOAD})
    bodies = ({"organization_id": acme.id, "signals": [PAYLOAD]}, {"schema": 2, "organization_id": [PAYLOAD]})
    put(empty_world, SIGNAL_QUEUE, PAYLOAD, *map(json.dumps, bodies), *(f"{json.dumps(each)}\nx" for each in bodies))

    with refused(lambda operation, body: operation == "PutItem" and '"block"' in body):
        give_up(empty_world)
    empty_world.work()
    acme.ask("redrive")
    empty_world.work()

    assert acme.balance()["accepted"] == 2


_HEADER: Json = {"schema": 2, "received_at": "2025-06-01T00:00:00Z", "source": ["producer", 1, 0, 2, "2025-06-01"]}
_LISTED: Json = {"event_name": "e", "occurred_at": "2025-06-01T00:00:00Z", "idempotency_key": "k"}
_SENT: Json = {"eventName": "e", "customer": {"externalCustomerId": "acme"}}


def _packed(content: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


@pytest.mark.parametrize("wrong", [{"occurred_at": PAYLOAD}, {"data": PAYLOAD}, {"event_name": [PAYLOAD]}])
@pytest.mark.parametrize("schema", [1, 2])
def test_no_payload_is_logged_of_listed_signals_that_cannot_be_read(
    empty_world: World, schema: int, wrong: Json
) -> None:
    signals = [{**_LISTED, **wrong}]
    whose = {"organization_id": account(empty_world).id}
    body = _packed({**whose, "received_at": _HEADER["received_at"], "signals": signals})
    if schema == 2:
        body = f"{json.dumps(_HEADER | whose)}\n{_packed(signals)}"

    _cannot_be_read(empty_world, body)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"signals": [_SENT, {**_SENT, "timestamp": PAYLOAD}]}, id="a moment"),
        pytest.param({"signals": [_SENT, {**_SENT, "data": PAYLOAD}]}, id="data"),
        pytest.param({"signals": [_SENT, {**_SENT, "customer": {"customerId": PAYLOAD * 10}}]}, id="a customer"),
        pytest.param({"signals": [_SENT, PAYLOAD]}, id="a signal"),
        pytest.param({"signals": PAYLOAD}, id="all signals"),
        pytest.param(PAYLOAD, id="the body"),
    ],
)
def test_no_payload_is_logged_of_a_request_that_can_no_longer_be_read(empty_world: World, content: object) -> None:
    header = {**_HEADER, "organization_id": account(empty_world).id, "request_id": "request"}

    _cannot_be_read(empty_world, f"{json.dumps(header)}\n{_packed(content)}")


def _cannot_be_read(world: World, body: str) -> None:
    """It comes back and is logged, and `logs.check` looks at that when the test ends."""
    put(world, SIGNAL_QUEUE, body)
    (message,) = world.receive(SIGNAL_QUEUE)
    assert rate([message]) == [message.id]


@pytest.mark.parametrize("body", [{"name": PAYLOAD}, {"name": 1, PAYLOAD: PAYLOAD}, {"metadata": PAYLOAD}, [PAYLOAD]])
@pytest.mark.parametrize("status", [HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR])
def test_no_payload_is_logged_of_a_request_that_fails(world: World, body: object, status: HTTPStatus) -> None:
    acme = world.tenant()

    def fail(call: Call) -> Answer | None:
        if call.operation != "TransactWriteItems":
            return None
        return answer(status, Error={"Code": "ValidationException", "Message": "so the test wants it"})

    with listening(own_clients(), fail):
        assert acme.call("POST", "/customers/", body).status in {400, 500}


def test_no_payload_is_logged_of_a_message_that_nobody_understands(world: World) -> None:
    put(world, INVOICE_QUEUE, PAYLOAD, json.dumps({"organization_id": PAYLOAD, "order_ids": PAYLOAD}))

    assert world.deliver(INVOICE_QUEUE) == 0


def test_a_key_in_the_url_is_not_logged(world: World) -> None:
    answered = send(Request("GET", f"{PREFIX}/customers/{SECRET}", query=f"key={SECRET}", headers=[], body=b""))

    assert answered["statusCode"] == 400
    assert world.tenant().get("/customers/")["data"] == []
