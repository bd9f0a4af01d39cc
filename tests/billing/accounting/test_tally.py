"""What logs hold, by message; handed on as JSON it is the same."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.accounting import tally as tallying
from functions.billing.accounting.attribution import COST_UNATTRIBUTED, Attribution
from functions.billing.accounting.packing import packed, unpacked
from functions.billing.accounting.tally import OTHERWISE, FaultCode, Tally, TooManyMessages
from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import Entry, Segment
from functions.billing.models.settlement import Outcome, Settlement
from functions.billing.models.signal import Source
from functions.billing.models.usage import RatingPlan
from tests.builders import START, USAGE, make_attribute, make_entry, make_order, make_plan, make_pricing, make_segments

JUNE_1, JUNE_2 = Source("p", 1, 0, 3, "2025-06-01"), Source("p", 2, 3, 2, "2025-06-02")
PLAN = make_plan(make_order(make_attribute(make_pricing(USAGE))))
"""Counts `email_sent` of `prod_1` from June."""

COUNTED, OF_ANOTHER_EVENT = make_entry(), make_entry(event_name="demo")


def segment(*entries: Entry, sources: tuple[tuple[Source, int], ...] = ()) -> Segment:
    (made,) = make_segments(entries)
    return replace(made, sources=sources)


def tallied(made: Segment, *, day: str | None = None, plan: RatingPlan = PLAN) -> Tally:
    tally = Tally(day)
    tally.found(made, Attribution(plan, customer_id="cus_1"))
    return tally


def test_entries_are_counted_by_the_messages_that_brought_them() -> None:
    entries = [COUNTED, OF_ANOTHER_EVENT, COUNTED, COUNTED, OF_ANOTHER_EVENT]

    found = tallied(segment(*entries, sources=((JUNE_1, 3), (JUNE_2, 2))))

    assert found.logged == {JUNE_1: 3, JUNE_2: 2}
    assert (found.counted, found.unattributed, found.signals) == (3, 2, 5)
    assert found.misses == {"no order counts 'demo'": 2}


def test_of_a_day_only_the_entries_of_its_messages_are() -> None:
    entries = [COUNTED, OF_ANOTHER_EVENT, COUNTED, COUNTED, OF_ANOTHER_EVENT]

    found = tallied(segment(*entries, sources=((JUNE_1, 3), (JUNE_2, 2))), day="2025-06-02")

    assert found.logged == {JUNE_2: 2}
    assert (found.counted, found.unattributed) == (1, 1)


def test_what_no_message_accounts_for_is_counted_apart_and_of_no_day() -> None:
    old = segment(COUNTED, COUNTED, OF_ANOTHER_EVENT, sources=((JUNE_1, 1),))

    assert tallied(old).unaccounted == 2
    assert tallied(old, day="2025-06-01").unaccounted == 0
    assert tallied(old, day="2025-06-01").counted == 1


@pytest.mark.parametrize(
    ("entry", "miss"),
    [
        (make_entry(event_name="demo"), "no order counts 'demo'"),
        (make_entry(product_id=None), "'email_sent' names no product"),
        (make_entry(product_id="prod_2"), "'email_sent' names a product that no order counts it for"),
        (make_entry(START.replace(month=5)), "'email_sent' is outside of the order's dates"),
        (make_entry(event_name=COST_EVENT, data=Cost(Decimal(1), "USD").to_data()), COST_UNATTRIBUTED),
        (make_entry(), None),
    ],
)
def test_a_few_words_say_what_an_entry_misses(entry: Entry, miss: str | None) -> None:
    assert Attribution(PLAN, customer_id="cus_1").miss(entry) == miss


def test_of_a_customer_without_orders_everything_is_unattributed() -> None:
    found = tallied(segment(COUNTED), plan=RatingPlan())

    assert found.misses == {"of customers without an active order that has a usage price": 1}


def test_more_kinds_of_misses_than_anybody_reads_become_one() -> None:
    whole = Tally()

    for number in range(150):
        whole.add(tallied(segment(make_entry(event_name=f"event {number}"))))

    assert len(whole.misses) == 101
    assert whole.misses[OTHERWISE] == 50
    assert whole.misses.total() == whole.unattributed == 150


def test_more_messages_than_memory_has_room_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "MAX_MESSAGES", 2)
    whole = Tally()
    for number in (1, 2):
        whole.add(tallied(segment(COUNTED, sources=((JUNE_1._replace(sequence=number), 1),))))

    with pytest.raises(TooManyMessages, match="more than 2 messages, too many for one balance: ask for one day"):
        whole.add(tallied(segment(COUNTED, sources=((JUNE_1._replace(sequence=3), 1),))))


SOURCES = st.builds(
    Source,
    st.sampled_from(["p", "q"]),
    st.integers(0, 40),
    st.integers(0, 10**6),
    st.integers(0, 1000),
    st.sampled_from(["2025-06-01", "2025-06-02"]),
)


@given(logged=st.dictionaries(SOURCES, st.integers(0, 2000)), counted=st.integers(0, 10**9))
@settings(derandomize=True, database=None, deadline=None, max_examples=100)
def test_a_tally_that_is_handed_on_is_the_same(logged: dict[Source, int], counted: int) -> None:
    tally = Tally("2025-06-01", customers=3, unaccounted=1, counted=counted, unattributed=2)
    tally.logged.update(logged)
    tally.misses["no order counts 'demo'"] += 2
    tally.wrong(FaultCode.RATING_BEHIND, "behind")
    tally.settled(
        Settlement(
            message="m", outcome=Outcome.SETTLED, source=JUNE_1, signals=3, conflicts=1, conflicting_keys=("key",)
        )
    )

    assert unpacked(packed(tally)) == tally
