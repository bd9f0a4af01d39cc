"""Spans at the front door: what is sent to the log, what is refused, and that a failure loses nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import JsonValue

from functions.billing.errors import Busy
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.models.signal_message import SignalMessage
from functions.billing.telemetry.span import Span
from functions.billing.usecases.accept_spans import ENTRIES_PER_MESSAGE, AcceptSpans
from functions.runtime.signal_messages import Origin, grouped_messages
from tests.billing.telemetry.spans import SECOND, STARTED, TOKENS, make_span
from tests.fakes.queues import FakeSignalQueue
from tests.fakes.span_claims import FakeSpanClaims
from tests.fakes.token_prices import FakeTokenPrices

RECEIVED_AT = datetime(2025, 6, 3, 10, 0, 30, tzinfo=UTC)
SENDER = Sender("org_1", received_at=RECEIVED_AT, is_test=False)


def _no_cost(sender: Sender, signal: Signal) -> None:
    del sender, signal


def _messages(sender: Sender, groups: Sequence[Sequence[Signal]]) -> Sequence[SignalMessage]:
    return grouped_messages(Origin(sender.organization_id, sender.received_at, ""), groups)


def _accept(
    queue: FakeSignalQueue,
    *,
    prices: Callable[[], FakeTokenPrices] = lambda: FakeTokenPrices({}),
    cost_beside: Callable[[Sender, Signal], Signal | None] = _no_cost,
    claims: FakeSpanClaims | None = None,
) -> AcceptSpans:
    return AcceptSpans(
        prices=prices, cost_beside=cost_beside, claims=claims or FakeSpanClaims(), queue=queue, messages=_messages
    )


@dataclass
class Door:
    prices: FakeTokenPrices = field(default_factory=lambda: FakeTokenPrices({"gpt-4o": Decimal("0.001")}))
    queue: FakeSignalQueue = field(default_factory=FakeSignalQueue)
    claims: FakeSpanClaims = field(default_factory=FakeSpanClaims)

    def __call__(self, *spans: Span, sender: Sender = SENDER) -> Any:
        return _accept(self.queue, prices=lambda: self.prices, claims=self.claims)(sender, spans)

    @property
    def sent(self) -> list[Signal]:
        return [signal for batch in self.queue.sent for signal in batch.signals]


def make_signal(**said: JsonValue) -> Span:
    return make_span("paid.trace.signal", {"event_name": "email_sent", "external_customer_id": "acme", **said})


def make_call(model: Any = "gpt-4o", parent: Any = None, **said: Any) -> Span:
    who: dict[str, JsonValue] = {"external_customer_id": "acme", "gen_ai.system": "openai"}
    return make_span("chat", {**who, "gen_ai.response.model": model, **TOKENS, **said}, parent=parent)


def test_signals_and_costs_go_out_in_one_message() -> None:
    door = Door()

    accepted = door(make_signal(), make_span("parent"), make_call())

    assert (accepted.signals, accepted.costs, accepted.refusals) == (1, 1, [])
    assert len(door.queue.sent) == 1
    assert [signal.event_name for signal in door.sent] == ["email_sent", ""]


def test_a_call_is_priced_at_its_own_moment_and_says_by_what() -> None:
    door = Door()

    door(make_call())

    (entry,) = door.sent
    data: Any = entry.data
    assert Decimal(data["amount"]) == (100 + 20) * Decimal("0.001")
    assert (data["priced_by"], data["usage"]["input_tokens"], "is_unpriced" in data) == ("a list 1", 100, False)
    assert door.prices.asked == [("openai", "gpt-4o", datetime.fromtimestamp(STARTED // SECOND, UTC))]


def test_a_model_that_answered_by_another_name_is_priced_by_the_one_asked_for() -> None:
    door = Door()

    door(make_call("gpt-4o-of-tomorrow", **{"gen_ai.request.model": "gpt-4o"}))

    data: Any = door.sent[0].data
    assert (data["model"], Decimal(data["amount"])) == ("gpt-4o", Decimal("0.120"))


@pytest.mark.parametrize(
    "said", [{"gen_ai.response.model": "unknown"}, {"gen_ai.system": ""}, {"gen_ai.response.model": ""}]
)
def test_a_call_that_no_list_can_price_is_stored_as_unpriced(said: dict[str, JsonValue]) -> None:
    door = Door()

    accepted = door(make_call(**said))

    data: Any = door.sent[0].data
    assert (accepted.costs, data["amount"], data["currency"], data["is_unpriced"]) == (1, "0", "USD", True)
    assert data["usage"]["output_tokens"] == 20


def test_what_has_no_price_keeps_all_names_of_its_model() -> None:
    """So that it can be priced by either, when a list has one."""
    door = Door()

    door(make_call("gpt-98", **{"gen_ai.request.model": "gpt-99"}))

    data: Any = door.sent[0].data
    assert (data["model"], data["other_models"]) == ("gpt-98", ["gpt-99"])


def test_what_is_not_paid_by_tokens_is_unpriced_and_says_how_much_it_was() -> None:
    door = Door()

    door(make_span("images", {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.image.count": 2}))

    data: Any = door.sent[0].data
    assert (data["is_unpriced"], data["units"], data["model"]) == (True, {"gen_ai.image.count": 2}, "gpt-4o")


def test_prices_are_not_loaded_for_signals_alone() -> None:
    queue = FakeSignalQueue()

    def unwanted() -> FakeTokenPrices:
        raise AssertionError("nobody asked for a price")

    accept = _accept(queue, prices=unwanted)
    accept(SENDER, [make_signal(), make_span("parent")])

    assert len(queue.sent) == 1


def test_a_span_that_is_wrong_by_itself_stops_no_others() -> None:
    door = Door()
    wrong = [
        make_signal(event_name=""),
        make_signal(data="{"),
        make_call(external_customer_id=["acme"]),
        make_call(**{"gen_ai.usage.input_tokens": -1}),
        make_signal()._replace(span_id=""),
    ]

    accepted = door(make_signal(), *wrong, make_call())

    assert (accepted.signals, accepted.costs) == (1, 1)
    assert {refusal.span.span_id for refusal in accepted.refusals} == {span.span_id for span in wrong}
    assert all(refusal.error.sentence for refusal in accepted.refusals)


@pytest.mark.parametrize(("ahead", "is_taken"), [(24 * 3600, True), (24 * 3600 + 1, False)])
def test_a_span_may_begin_a_day_after_it_came_and_no_more(ahead: int, is_taken: bool) -> None:  # noqa: FBT001
    door = Door()
    late = int((RECEIVED_AT + timedelta(seconds=ahead)).timestamp()) * SECOND

    accepted = door(make_signal()._replace(started_nano=late))

    assert (accepted.signals == 1) is is_taken
    codes = [refusal.error.code for refusal in accepted.refusals]
    assert codes == ([] if is_taken else ["TIMESTAMP_IN_FUTURE"])


def test_an_organization_with_a_clock_of_its_own_takes_any_moment() -> None:
    far = make_signal()._replace(started_nano=STARTED * 2)

    assert Door()(far, sender=Sender("org_1", received_at=RECEIVED_AT, is_test=True)).signals == 1


def test_of_a_call_told_twice_one_is_sent() -> None:
    outer = make_call()
    door = Door()

    accepted = door(outer, make_call(parent=outer))

    assert (accepted.costs, len(door.sent)) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gen_ai.system": ""},
        {"gen_ai.response.model": "unknown"},
        {"external_agent_id": [1]},
        {"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0},
        {"gen_ai.usage.input_tokens": -1},
    ],
)
def test_a_call_whose_inner_span_brings_no_cost_is_taken_from_the_outer_one(wrong: dict[str, Any]) -> None:
    """It names no vendor, or a model that nobody knows, or is refused, or counted nothing."""
    outer = make_call()
    door = Door()

    accepted = door(outer, make_call(parent=outer, **wrong))

    (entry,) = door.sent
    data: Any = entry.data
    assert (accepted.costs, Decimal(data["amount"])) == (1, Decimal("0.120"))
    assert data["paid"]["span_id"] == outer.span_id


def test_a_call_is_of_the_customer_of_the_span_around_it() -> None:
    outer = make_call()
    door = Door()

    door(outer, make_call(parent=outer, external_customer_id=None))

    (entry,) = door.sent
    assert (entry.external_customer_id, "unattributed" in str(entry.data)) == ("acme", False)


def test_an_entry_told_twice_in_a_batch_is_sent_once() -> None:
    signal, call = make_signal(), make_call(**{"gen_ai.response.id": "chatcmpl-Ab12Cd34"})
    again = make_call(**{"gen_ai.response.id": "chatcmpl-Ab12Cd34"})
    door = Door()

    accepted = door(signal, signal, call, again, call)

    assert (accepted.signals, accepted.costs, len(door.sent)) == (1, 1, 2)


@pytest.mark.parametrize("count", [ENTRIES_PER_MESSAGE - 1, ENTRIES_PER_MESSAGE, ENTRIES_PER_MESSAGE + 1])
def test_many_entries_are_split_into_messages_and_none_is_refused(count: int) -> None:
    door = Door()

    accepted = door(*(make_signal(external_customer_id=f"customer {number}") for number in range(count)))

    assert (accepted.signals, accepted.refusals) == (count, [])
    assert [len(batch.signals) for batch in door.queue.sent] == [
        size for size in (min(count, ENTRIES_PER_MESSAGE), count - ENTRIES_PER_MESSAGE) if size > 0
    ]
    assert [signal.external_customer_id for signal in door.sent] == [f"customer {number}" for number in range(count)]


def test_a_signal_and_its_cost_are_never_in_two_messages() -> None:
    """What becomes of one decides on the other: of 1,001 signals with a cost each the last two go by themselves."""
    queue = FakeSignalQueue()

    def cost_beside(sender: Sender, signal: Signal) -> Signal:
        del sender
        return signal.model_copy(update={"event_name": COST_EVENT, "idempotency_key": f"{signal.idempotency_key} cost"})

    accept = _accept(queue, cost_beside=cost_beside)
    spans = [make_signal() for _ in range(ENTRIES_PER_MESSAGE + 1)]

    accepted = accept(SENDER, [*spans, spans[0]])

    assert (accepted.signals, accepted.costs) == (len(spans), len(spans))
    assert [len(batch.signals) for batch in queue.sent] == [2 * ENTRIES_PER_MESSAGE, 2]
    for batch in queue.sent:
        keys = [signal.idempotency_key for signal in batch.signals]
        assert keys[1::2] == [f"{key} cost" for key in keys[::2]]


class _Breaking(FakeSignalQueue):
    """Takes the first of several messages."""

    def send(self, sender: Sender, messages: Sequence[SignalMessage]) -> int:
        return super().send(sender, messages[:1])


def test_if_a_part_cannot_be_sent_all_is_to_come_again() -> None:
    door = Door(queue=_Breaking())
    spans = [make_signal() for _ in range(ENTRIES_PER_MESSAGE + 1)]

    with pytest.raises(Busy, match="send all of them again, each counts once"):
        door(*spans)

    door.queue = FakeSignalQueue(door.queue.sent)
    door(*spans)
    assert len({signal.idempotency_key for signal in door.sent}) == len(spans)


def test_nothing_is_sent_where_nothing_counts() -> None:
    door = Door()

    accepted = door(make_span("parent"))

    assert (accepted.signals, accepted.costs, door.queue.sent) == (0, 0, [])
