"""Whatever the messages are into which signals fall, however often and in which order they come: one usage, one log.

Many examples with the use cases on fakes, some with the handler, the adapters and the listing on moto.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.segment import LogId
from functions.billing.models.signal import Signal
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.ports import Stored
from functions.billing.usecases.advance_rating import AdvanceRating
from functions.billing.usecases.append_signals import AppendSignals
from functions.wiring import entities, signalling
from infra.resources import SIGNAL_QUEUE
from tests.builders import NOW, USAGE, make_attribute, make_customer, make_order, make_plan, make_pricing, make_product
from tests.exactly_once.scene import CUSTOMER, JUNE, Scene, deliver_until_done, email, is_whole, recounted
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.collection import fake_customers, fake_products
from tests.fakes.shop import delivered
from tests.fakes.signal_log import FakeSignalLog
from tests.memory import saved

T = TypeVar("T")

Deliveries = Sequence[Sequence[Sequence[Signal]]]
"""Batches of messages of signals."""

ORGANIZATION = "org_1"
LOG = LogId(ORGANIZATION, CUSTOMER)
FIRST = datetime(2025, 5, 28, tzinfo=UTC)

SIGNALS = st.lists(
    st.builds(
        lambda key, hours, event, product: email(
            str(key), FIRST + timedelta(hours=hours), event_name=event, external_product_id=product
        ),
        key=st.integers(0, 30),
        hours=st.integers(0, 24 * 70),
        event=st.sampled_from(["email_sent", "call_made", "unpriced"]),
        product=st.sampled_from(["sdr", "unknown", None]),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda signal: signal.idempotency_key,
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Signal], Deliveries]:
    """Some signals, and a way for them to arrive: each at least once, in any order and company."""
    signals = draw(SIGNALS)
    again = draw(st.lists(st.sampled_from(signals), max_size=10))
    arriving = draw(st.permutations([*signals, *again]))
    messages = cut(draw, arriving)
    return signals, cut(draw, messages)


def cut(draw: st.DrawFn, things: Sequence[T]) -> list[Sequence[T]]:
    edges = sorted(draw(st.sets(st.integers(1, max(1, len(things) - 1)), max_size=5)))
    parts = [things[a:b] for a, b in pairwise([0, *edges, len(things)])]
    return [part for part in parts if part]


@given(arrival=deliveries())
@settings(max_examples=150, derandomize=True, deadline=None)
def test_any_arrival_counts_the_same_on_fakes(arrival: tuple[list[Signal], Deliveries]) -> None:
    signals, batches = arrival
    log, checkpoints = FakeSignalLog(), FakeCheckpoints()
    rate = AdvanceRating(log=log, checkpoints=checkpoints)
    checkpoints.plans[ORGANIZATION, CUSTOMER] = Stored(make_plan(order()), 1)

    for batch in batches:
        append = appending(log)
        for message in batch:
            append.append(LOG, delivered(message), now=NOW)
        rate(ORGANIZATION, CUSTOMER)

    segments = log.read(LOG, after=0, limit=1000)
    entries = [entry for segment in segments for entry in segment.entries]
    assert is_whole(segments)
    assert len(entries) == len(signals)
    assert checkpoints.stored[LOG].value.usage == recounted(entries, [order()])


@given(arrival=deliveries())
@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_arrival_counts_and_lists_the_same_through_the_handler(
    scene: Scene, arrival: tuple[list[Signal], Deliveries]
) -> None:
    signals, batches = arrival
    put_back = saved()
    entities.orders().insert(scene.organization_id, order().model_copy(update={"creation_state": CreationState.DRAFT}))
    scene.activate()

    for batch in batches:
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(*message) for message in batch])

    listing = signalling.signal_listing().page(scene.organization_id, SignalFilter(), limit=1000, offset=0)
    listed = Counter((signal.event_name, signal.occurred_at, signal.external_product_id) for signal in listing.items)
    assert listing.total == len(signals)
    assert listed == Counter((s.event_name, s.occurred_at, s.external_product_id) for s in signals)
    assert scene.checkpoint().usage == recounted(scene.entries(), scene.orders())
    assert scene.checkpoint().counted + scene.checkpoint().unattributed == len(signals)
    put_back()


def appending(log: FakeSignalLog) -> AppendSignals:
    customers, products = fake_customers(), fake_products()
    customers.insert(ORGANIZATION, make_customer(external_id="acme"))
    products.insert(ORGANIZATION, make_product(external_id="sdr"))
    return AppendSignals(
        log=log,
        customers=customers,
        products=products,
        new_customer=lambda _, name, now: make_customer(id=f"cus_{name}", external_id=name, created_at=now),
    )


def order() -> Order:
    """Active from June, with two usage prices."""
    return make_order(
        make_attribute(make_pricing(USAGE)),
        make_attribute(make_pricing(USAGE, event_name="call_made")),
        start=JUNE,
        creation_state=CreationState.ACTIVE,
        activated_at=NOW,
    )
