"""What the log says of a request and of a delivery: enough to follow one signal, and nothing that its sender said."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from infra.resources import SIGNAL_QUEUE
from local.messages import Request
from tests.faults import Answer, Call, answer, listening
from tests.functions.accounts import account, own_clients
from tests.logs import text_of
from tests.world import PREFIX, World, call, send

EMAIL, PERSON, COMPANY, TEXT = "jo@customer.test", "Jo Doe", "Secretive Ltd", "what the agent wrote"
SAID = (EMAIL, PERSON, COMPANY, TEXT)


class Lines(logging.Handler):
    """Every record of the loggers that it is added to."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Powertools keeps its records from whatever handlers the root logger has when it is first loaded."""
        return bool(record)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def of(self, message: str) -> list[Any]:
        return [record for record in self.records if record.getMessage() == message]

    def one(self, message: str) -> Any:
        (record,) = self.of(message)
        return record

    @property
    def text(self) -> str:
        return "\n".join(map(text_of, self.records))


@pytest.fixture
def lines() -> Iterator[Lines]:
    """As Lambda sets the loggers at level INFO."""
    made, root = Lines(), logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(made)
    yield made
    root.setLevel(level)
    root.removeHandler(made)


def test_a_request_leaves_one_line_with_its_ids_and_its_route(world: World, lines: Lines) -> None:
    acme = world.tenant()

    acme.call("GET", "/customers/external/acme-ltd")

    line = lines.one("request answered")
    assert (line.organization_id, line.route, line.status) == (
        acme.organization_id,
        f"GET {PREFIX}/customers/external/{{external_id}}",
        404,
    )
    assert len(line.request_id) == 36
    assert line.levelno == logging.INFO


@pytest.mark.usefixtures("world")
def test_who_is_not_let_in_and_a_path_that_is_none_leave_a_line_too(lines: Lines) -> None:
    call("GET", "/customers/", authorization="Bearer owed_test_x")
    call("GET", f"/nothing/{EMAIL}")

    refused, lost = lines.of("request answered")
    assert (refused.organization_id, refused.status) == (None, 403)
    assert (lost.route, lost.status) == (None, 404)
    assert EMAIL not in lines.text


def test_a_fault_of_ours_leaves_its_stack_under_the_id_of_the_request(world: World, lines: Lines) -> None:
    acme = world.tenant()

    def refuse(made: Call) -> Answer | None:
        if made.operation != "TransactWriteItems":
            return None
        return answer(HTTPStatus.BAD_REQUEST, Error={"Code": "ValidationException", "Message": "the test wants it"})

    with listening(own_clients(), refuse):
        assert acme.call("POST", "/products/", {"name": COMPANY}).status == 500

    fault, answered = lines.one("request failed"), lines.one("request answered")
    assert fault.request_id == answered.request_id
    assert fault.organization_id == acme.organization_id
    assert fault.levelno == logging.ERROR
    assert "ValidationException" in text_of(fault)
    assert answered.status == 500


def test_a_delivery_leaves_a_line_that_leads_from_the_message_to_the_signals(world: World, lines: Lines) -> None:
    acme = account(world)
    acme.send("1", "2", "3")
    (message,) = world.receive(SIGNAL_QUEUE)
    world.clients.sqs.change_message_visibility(
        QueueUrl=world.url(SIGNAL_QUEUE), ReceiptHandle=message.receipt, VisibilityTimeout=0
    )

    world.work()

    line = lines.one("signals appended")
    ids = sorted(each["id"] for each in acme.seller.tenant.get("/signals/")["data"])
    assert line.organization_id == acme.id
    assert line.message_ids == [message.id]
    assert line.signals == [[ids[0], ids[-1]]]
    assert (line.appended, line.counted, line.duplicates) == (3, 3, 0)


def test_nothing_that_customers_or_their_agents_said_is_in_a_line(world: World, lines: Lines) -> None:
    acme = account(world)
    tenant = acme.seller.tenant
    customer = tenant.create("/customers/", name=COMPANY, externalId=EMAIL, metadata={"note": TEXT})
    tenant.create("/contacts/", customerId=customer["id"], firstName=PERSON, lastName=PERSON, email=EMAIL)
    tenant.call("GET", f"/customers/external/{EMAIL}")
    acme.send("1", customer=EMAIL, data={"text": TEXT, "who": PERSON})
    acme.send("1", customer=EMAIL, data={"text": TEXT + TEXT})
    acme.send("2", customer=COMPANY, data={"text": TEXT})
    world.work()
    send(Request("POST", f"{PREFIX}/customers/{EMAIL}", query=f"name={PERSON}", headers=[], body=TEXT.encode()))

    assert len(lines.of("request answered")) > 5
    assert lines.of("signals appended")
    assert [said for said in SAID if said in lines.text] == []
