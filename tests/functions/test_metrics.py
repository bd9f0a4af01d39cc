"""What is measured of signals and invoices: each once, however often it is sent, delivered or tried."""

import ast
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.billing.models.signal import Signal, SignalBatch, Source
from functions.runtime import metrics
from functions.runtime.chance import real_now
from functions.runtime.metrics import Metric, count, measure
from infra.layers import PROJECT
from infra.metrics import DIMENSION, METRICS, NAMESPACE
from infra.resources import FUNCTIONS, INVOICE_QUEUE, SIGNAL_QUEUE
from local.messages import Message
from tests.functions.accounts import account, give_up, log_of, put, rate, refused, taken
from tests.functions.hooks import CREATED, Listener
from tests.functions.sales import at, fee, seller
from tests.measurements import emf_lines, values
from tests.messages import encode_parts
from tests.receiver import receiving
from tests.world import World, invoke

Measured = Callable[[], dict[str, int]]


@pytest.fixture
def measured(capsys: pytest.CaptureFixture[str]) -> Measured:
    """The sums of what was measured since it was last asked for."""
    return lambda: values(capsys.readouterr().out)


def again(message: Message) -> Message:
    """As SQS delivers it a second time."""
    return Message(message.id, message.receipt, message.body, attributes={"ApproximateReceiveCount": "2"})


def test_the_front_door_measures_what_it_answers(world: World, measured: Measured) -> None:
    acme = account(world)
    acme.send("1", "2")
    world.work()
    measured()

    signals = [acme.signal("1"), acme.signal("3"), acme.signal("3"), {"eventName": ""}]
    answer = acme.seller.tenant.call("POST", "/signals/bulk", {"signals": signals}).body

    assert (answer["ingested"], answer["duplicates"], answer["failed"]) == (1, 2, 1)
    assert measured() == {"SignalsAccepted": 1, "SignalsDuplicate": 2, "SignalsFailed": 1}


def test_a_request_that_nothing_came_of_is_not_measured(world: World, measured: Measured) -> None:
    acme = account(world)
    measured()

    assert acme.seller.tenant.call("POST", "/signals/bulk", {"signals": []}).status in {200, 400}

    assert measured() == {}


def test_the_worker_measures_what_became_of_each_signal(world: World, measured: Measured) -> None:
    """Two are counted, one is of an event that no order counts, and one came twice in two requests under way."""
    acme = account(world)
    acme.send("1", "2")
    acme.send("3", event="other")
    acme.send("1")
    measured()

    world.work()

    assert measured() == {"SignalsCounted": 2, "SignalsUnattributed": 1, "SignalsDuplicate": 1}
    assert acme.ends() == (4, 2, 1, 1, 0, 0)


def test_a_message_that_is_delivered_again_measures_nothing(world: World, measured: Measured) -> None:
    acme = account(world)
    acme.send("1", "2")
    messages = taken(world, SIGNAL_QUEUE)
    measured()

    assert rate(messages) == []
    first = measured()
    assert rate([again(each) for each in messages]) == []

    assert first == {"SignalsCounted": 2}
    assert measured() == {}


def test_the_lag_is_that_of_the_message_that_waited_longest(world: World, measured: Measured) -> None:
    """One that waited 90 seconds, delivered with one that waited 30."""
    tenant = world.tenant(test=False)
    for number, waited in ((1, 90), (2, 30)):
        put(world, SIGNAL_QUEUE, *message_of(tenant.organization_id, number, waited))
    measured()

    world.work()

    sums = measured()
    assert sums["SignalsUnattributed"] == 2
    assert 90 <= sums["SignalLag"] < 150


def test_by_an_organizations_own_clock_nothing_is_late(world: World, measured: Measured) -> None:
    """It stands still: what waited a second might seem to have waited years."""
    acme = account(world)
    put(world, SIGNAL_QUEUE, *message_of(acme.id, 1, waited=90))
    measured()

    world.work()

    assert measured() == {"SignalsUnattributed": 1}


def test_what_is_refused_for_good_and_what_is_given_up_are_measured_as_rejected(
    world: World, measured: Measured
) -> None:
    acme = account(world)
    put(world, SIGNAL_QUEUE, *message_of("org_that_is_gone", 1, waited=0))
    acme.send("1", "2", "3")
    measured()

    world.work()
    refused_for_good = measured()
    acme.send("4", "5")
    with refused(lambda operation, body: operation == "PutItem" and '"block"' in body):
        give_up(world)
    world.work()

    assert refused_for_good == {"SignalsCounted": 3, "SignalsRejected": 1}
    assert measured() == {"SignalsAccepted": 2, "SignalsRejected": 2}


def test_what_fails_is_measured_when_it_succeeds(world: World, measured: Measured) -> None:
    acme = account(world)
    acme.send("1")
    customer_id = acme.seller.customer_id
    measured()

    with refused(log_of(customer_id)):
        world.deliver(SIGNAL_QUEUE)
    failed = measured()
    world.work()

    assert failed == {}
    assert measured() == {"SignalsCounted": 1}


def test_invoices_are_measured_as_they_are_made_and_as_they_are_posted(world: World, measured: Measured) -> None:
    acme = seller(world)
    measured()

    acme.sell(fee(at(500_00)))
    drafted = measured()
    acme.sell(fee(at(500_00)), autoPostInvoices=True)
    posted_by_itself = measured()
    (draft,) = (each for each in acme.invoices() if each["status"] == "draft")
    acme.tenant.call("POST", f"/invoices/{draft['id']}/post")
    world.work()

    assert drafted == {"InvoicesCreated": 1}
    assert posted_by_itself == {"InvoicesCreated": 1, "InvoicesPosted": 1, "DocumentsStored": 1}
    assert measured() == {"InvoicesPosted": 1, "DocumentsStored": 1}


def test_a_webhook_is_measured_as_it_is_announced_and_at_each_attempt(world: World, measured: Measured) -> None:
    with receiving() as receiver:
        hooks = Listener(seller(world), receiver)
        hooks.listen(CREATED)
        order = hooks.acme.order(fee(at(500_00)))
        hooks.acme.tenant.call("POST", f"/orders/{order['id']}/activate")
        world.deliver(INVOICE_QUEUE)
        measured()
        (message,) = hooks.waiting()
        announced = measured()
        receiver.answers.append(500)
        assert not hooks.attempt(message, 1)
        failed = measured()
        assert hooks.attempt(message, 2)

    assert announced == {"EventsAnnounced": 1}
    assert failed == {"WebhooksFailed": 1}
    assert measured() == {"WebhooksDelivered": 1}


@pytest.mark.usefixtures("world")
def test_a_billing_run_measures_how_many_orders_it_asked_for(measured: Measured) -> None:
    invoke("start_billing_run", {"as_of": "2025-06-01"})

    assert measured() == {"OrdersDue": 0}


def test_a_line_carries_the_ids_of_its_request_beside_the_numbers(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    acme = account(world)
    capsys.readouterr()

    acme.send("1")

    (line,) = emf_lines(capsys.readouterr().out)
    assert line["organization_id"] == acme.id
    assert len(line["request_id"]) == 36


def test_a_lag_is_in_seconds_and_everything_else_is_a_number_of_things(capsys: pytest.CaptureFixture[str]) -> None:
    measure(dict.fromkeys(Metric, 1))

    (line,) = emf_lines(capsys.readouterr().out)
    units = {each["Name"]: each["Unit"] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units.pop("SignalLag") == "Seconds"
    assert set(units.values()) == {"Count"}


def test_what_did_not_happen_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    count({Metric.SIGNALS_ACCEPTED: 0})
    count({Metric.SIGNALS_ACCEPTED: 1, Metric.SIGNALS_FAILED: 0})

    (line,) = emf_lines(capsys.readouterr().out)
    assert line["SignalsAccepted"] == 1
    assert "SignalsFailed" not in line


def test_a_function_is_called_what_lambda_calls_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "owed-prod-service-SignalsFunction12345")

    count({Metric.SIGNALS_ACCEPTED: 1})

    assert emf_lines(capsys.readouterr().out)[0]["function"] == "owed-prod-service-SignalsFunction12345"


def test_the_dashboard_and_the_alarms_look_for_what_the_functions_write() -> None:
    """`infra/metrics.py` says it again, for the one may not import the other."""
    written = {row.name: metrics_in(row.name) for row in FUNCTIONS}

    assert {name: set(said) for name, said in METRICS.items()} == {name: said for name, said in written.items() if said}
    assert {metric for said in METRICS.values() for metric in said} == {metric.value for metric in Metric}
    assert (NAMESPACE, DIMENSION) == (metrics.NAMESPACE, metrics.DIMENSION)


def metrics_in(function: str) -> set[str]:
    """The metrics that a function's own modules name."""
    trees = (ast.parse(module.read_text()) for module in (PROJECT / "functions" / function).glob("*.py"))
    return {
        Metric[node.attr].value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Metric"
    }


def message_of(organization_id: str, number: int, waited: int) -> list[str]:
    """The messages of a signal that the front door took so many seconds ago."""
    now = real_now()
    signal = Signal(
        event_name="uncounted", external_customer_id="acme", occurred_at=now, idempotency_key=f"sent earlier {number}"
    )
    batch = SignalBatch(organization_id=organization_id, received_at=now - timedelta(seconds=waited), signals=(signal,))
    return encode_parts(batch, Source("a-process-01", number, number - 1, 1, now.date().isoformat()))
