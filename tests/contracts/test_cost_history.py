"""The log read back for its costs: newest first, over customers and shards, and no further than one call can read."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.adapters.dynamodb.cost_history import WHOLE, Bounds, DynamoCostHistory
from functions.adapters.dynamodb.segments import item_of_segment
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import Entry, Fence, LogId, Segment, SignalPosition, hash_key
from functions.billing.periods import ALWAYS, Period
from functions.billing.ports import CostHistory, LogTooLongError
from local.resources import Clients, physical_name
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS
from tests.fakes.cost_history import FakeCostHistory
from tests.fakes.signal_log import FakeSignalLog
from tests.faults import Answer, Call, watched

COST = {"amount": "1", "currency": "USD"}
BARE = ("cus_10", None, None)
"""A customer's costs that name no product."""


def cost_history(back_end: BackEnd, bounds: Bounds = WHOLE) -> CostHistory:
    if back_end.clients is not None:
        return DynamoCostHistory(back_end.clients.dynamodb, physical_name("signals"), bounds=bounds)
    log = back_end.log()
    assert isinstance(log, FakeSignalLog)
    return FakeCostHistory(log, most=bounds.segments)


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def logged(back_end: BackEnd, log: LogId, number: int, minute: int, *events: str, **fields: Any) -> None:
    entries = tuple(
        Entry(key_hash=hash_key(f"{minute} {place}"), event_name=event, occurred_at=NOW, data=dict(COST), **fields)
        for place, event in enumerate(events)
    )
    back_end.log().append(Segment(log, number, 0, at(minute), entries))


def minutes(segments: Iterable[Segment]) -> list[int]:
    return [(segment.logged_at - NOW) // timedelta(minutes=1) for segment in segments]


@pytest.fixture
def log(back_end: BackEnd, organization_id: str) -> LogId:
    """Of `cus_1`: costs in minutes 1, 4 and 5, of which the last two are in the shards that 0 was split into."""
    root = LogId(organization_id, "cus_1")
    logged(back_end, root, 1, 1, "a", COST_EVENT)
    logged(back_end, root, 2, 2, "a", '["",1]')
    back_end.log().append(Segment(root, 3, 2, at(3), (), splits=True))
    logged(back_end, LogId(organization_id, "cus_1", 1), 1, 4, COST_EVENT, external_product_id="sdr")
    logged(back_end, LogId(organization_id, "cus_1", 2), 1, 5, COST_EVENT, product_id="prod_1")
    back_end.log().append(Segment(LogId(organization_id, "cus_1", 2), 2, 1, at(6), (), fence=Fence("acme", 1)))
    logged(back_end, LogId(organization_id, "cus_10"), 1, 7, COST_EVENT)
    logged(back_end, LogId(organization_id, "cus_2"), 1, 0, COST_EVENT, product_id="prod_1")
    return root


def test_a_customers_costs_are_read_from_all_shards_the_last_first(back_end: BackEnd, log: LogId) -> None:
    costs = cost_history(back_end)

    def found(since: datetime) -> list[int]:
        return minutes(costs.of_customer(log.organization_id, "cus_1", since=since))

    assert found(ALWAYS) == found(at(1)) == [5, 4, 1]
    assert found(at(2)) == found(at(4)) == [5, 4]
    assert found(at(6)) == []
    assert list(costs.of_customer(log.organization_id, "cus_3", since=ALWAYS)) == []


def test_everybodys_costs_are_read_and_those_of_a_product_alone(back_end: BackEnd, log: LogId) -> None:
    costs, organization_id = cost_history(back_end), log.organization_id

    assert minutes(costs.of_everybody(organization_id, since=ALWAYS)) == [7, 5, 4, 1, 0]
    assert minutes(costs.of_everybody(organization_id, since=at(5))) == [7, 5]
    of_product = costs.of_everybody(organization_id, since=ALWAYS, named=lambda _, id_, __: id_ == "prod_1")
    assert minutes(of_product) == [5, 0]
    by_name = costs.of_everybody(organization_id, since=ALWAYS, named=lambda _, __, name: name == "sdr")
    assert minutes(by_name) == [4]
    unnamed = costs.of_everybody(organization_id, since=ALWAYS, named=lambda owner, *names: (owner, *names) == BARE)
    assert minutes(unnamed) == [7]
    assert list(costs.of_everybody("org_other", since=ALWAYS)) == []


def test_around_a_moment_the_shards_of_one_customer_are_read(back_end: BackEnd, log: LogId) -> None:
    costs = cost_history(back_end)

    def found(since: int, until: int, *, with_signals: bool = False) -> list[int]:
        return minutes(
            costs.around(SignalPosition(log, 1, 0), since=at(since), until=at(until), with_signals=with_signals)
        )

    assert found(0, 9) == found(1, 5) == [5, 4, 1]
    assert found(2, 4) == [4]
    assert found(0, 9, with_signals=True) == [5, 4, 2, 1]
    assert found(2, 3) == []


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_a_customer_that_no_key_could_name_has_no_costs_and_is_not_asked_for(
    back_end: BackEnd, clients: Clients
) -> None:
    """DynamoDB refuses a partition key of more than 2,048 bytes: `org_1#` and `#0` leave 2,040 of them."""
    with watched(clients) as watch:
        assert list(cost_history(back_end).of_customer("org_1", "x" * 2_041, since=ALWAYS)) == []
        assert watch.calls == []
        assert list(cost_history(back_end).of_customer("org_1", "x" * 2_040, since=ALWAYS)) == []
        assert watch.calls == ["Query"]


def test_segments_come_back_as_they_were_appended(back_end: BackEnd, log: LogId) -> None:
    (first,) = cost_history(back_end).around(SignalPosition(log, 1, 0), since=at(1), until=at(1))

    assert [first] == back_end.log().read(log, after=0, limit=1)


def test_segments_whose_costs_are_of_other_days_are_passed_over(back_end: BackEnd, organization_id: str) -> None:
    """In minute 1 costs of 3 and 5 June, in 2 one of 6 June, with a signal of 1 June, and in 3 one of 2 June."""
    for number, of_costs in enumerate([[3, 5], [6], [2]], start=1):
        entries = [(COST_EVENT, day) for day in of_costs] + [("a", 1)]
        at_noon = [
            Entry(hash_key(f"{number} {day} {event}"), event, datetime(2025, 6, day, 12, tzinfo=UTC), data=dict(COST))
            for event, day in entries
        ]
        segment = Segment(LogId(organization_id, "cus_1"), number, 0, at(number), tuple(at_noon))
        back_end.log().append(segment)
    costs = cost_history(back_end, Bounds(segments=3))

    def found(first: int, end: int) -> tuple[list[int], list[int]]:
        days = Period(date(2025, 6, first), date(2025, 6, end))
        of_customer = costs.of_customer(organization_id, "cus_1", since=ALWAYS, days=days)
        return minutes(of_customer), minutes(costs.of_everybody(organization_id, since=ALWAYS, days=days))

    assert found(2, 7) == ([3, 2, 1],) * 2
    assert found(3, 6) == found(5, 6) == found(3, 4) == found(4, 5) == ([1],) * 2  # 4 June: between two of them
    assert found(6, 7) == ([2],) * 2
    assert found(1, 2) == found(7, 8) == ([],) * 2
    with pytest.raises(LogTooLongError):
        list(cost_history(back_end, Bounds(segments=2)).of_customer(organization_id, "cus_1", since=ALWAYS))
    june_6 = Period(date(2025, 6, 6), date(2025, 6, 7))
    few = cost_history(back_end, Bounds(segments=1)).of_customer(organization_id, "cus_1", since=ALWAYS, days=june_6)
    assert minutes(few) == [2]


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_a_segment_of_the_release_before_says_nothing_of_days_and_is_opened(
    back_end: BackEnd, log: LogId, clients: Clients
) -> None:
    """And that release reads what is written now: what follows a segment's number it never looked at."""
    before = item_of_segment(back_end.log().read(log, after=0, limit=1)[0])
    now = before["appended"]["S"]
    before |= {"sk": {"N": "4"}, "appended": {"S": now.rpartition("#")[0]}}
    clients.dynamodb.put_item(TableName=physical_name("signals"), Item=before)
    day = Period(date(2025, 7, 1), date(2025, 7, 2))

    (opened,) = cost_history(back_end).of_everybody(log.organization_id, since=ALWAYS, days=day)

    assert opened.number == 4
    assert now == f"2025-06-01T12:01:00.000000+00:00#cus_1#0#{1:012d}#2025-06-01/2025-06-01"


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_the_shards_of_a_log_are_read_no_further_than_one_call_can_together(
    back_end: BackEnd, log: LogId, clients: Clients
) -> None:
    """One page of each of the three shards, and the last says that there is another."""

    def goes_on(call: Call) -> Answer:
        http, parsed = call.send()
        return http, {**parsed, "LastEvaluatedKey": {"pk": {"S": "x"}, "sk": {"N": "1"}}}

    costs = cost_history(back_end, Bounds(log_megabytes=3))
    with watched(clients, goes_on, at=2) as watch, pytest.raises(LogTooLongError):
        list(costs.of_customer(log.organization_id, "cus_1", since=ALWAYS))
    assert watch.calls == ["Query"] * 3


def test_what_one_call_cannot_read_is_told_once_it_gets_there(back_end: BackEnd, log: LogId) -> None:
    """Of three segments with costs all may be read by who may read three; by who may read two, none further."""
    assert (
        len(list(cost_history(back_end, Bounds(segments=3)).of_customer(log.organization_id, "cus_1", since=ALWAYS)))
        == 3
    )
    with pytest.raises(LogTooLongError):
        list(cost_history(back_end, Bounds(segments=2)).of_customer(log.organization_id, "cus_1", since=ALWAYS))


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
@pytest.mark.parametrize("bounds", [Bounds(entries=3), Bounds(stored_bytes=200)])
def test_few_segments_may_be_too_much_too(back_end: BackEnd, log: LogId, bounds: Bounds) -> None:
    """Four signals and costs, in three blocks of about a hundred bytes each."""
    with pytest.raises(LogTooLongError):
        list(cost_history(back_end, bounds).of_customer(log.organization_id, "cus_1", since=ALWAYS))


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_a_segment_without_costs_is_never_opened(back_end: BackEnd, log: LogId, clients: Clients) -> None:
    with watched(clients) as watch:
        list(cost_history(back_end).around(SignalPosition(log, 2, 0), since=at(2), until=at(2)))

    assert set(watch.calls) == {"Query"}


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_a_log_is_read_outward_from_a_segment_whatever_others_and_other_times_have(
    back_end: BackEnd, organization_id: str, clients: Clients
) -> None:
    """Of 400 segments by the minute those of 20 minutes: the shard's end, 100 back and 100 on, and what is opened."""
    log = LogId(organization_id, "cus_1")
    for minute in range(1, 401):
        logged(back_end, log, minute, minute, COST_EVENT)
        logged(back_end, LogId(organization_id, "cus_2"), minute, minute, COST_EVENT)
    costs = cost_history(back_end, Bounds(log_megabytes=2))

    with watched(clients) as watch:
        found = minutes(costs.around(SignalPosition(log, 200, 0), since=at(190), until=at(209)))

    assert found == [*range(209, 189, -1)]
    assert watch.calls == ["Query", "Query", "Query", "BatchGetItem"]
    with pytest.raises(LogTooLongError):  # two more pages, of an hour more either way
        list(costs.around(SignalPosition(log, 200, 0), since=at(90), until=at(309)))


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_in_other_shards_the_first_is_searched_for_by_halves(
    back_end: BackEnd, organization_id: str, clients: Clients
) -> None:
    """The log was split in minute 3; shard 1 has the signal, shard 2 a cost by the minute, 300 of them."""
    root = LogId(organization_id, "cus_1")
    logged(back_end, root, 1, 1, COST_EVENT)
    logged(back_end, root, 2, 2, COST_EVENT)
    back_end.log().append(Segment(root, 3, 2, at(3), (), splits=True))
    logged(back_end, LogId(organization_id, "cus_1", 1), 1, 150, COST_EVENT)
    for number in range(1, 301):
        logged(back_end, LogId(organization_id, "cus_1", 2), number, number + 3, COST_EVENT)
    costs, position = cost_history(back_end), SignalPosition(LogId(organization_id, "cus_1", 1), 1, 0)

    with watched(clients) as watch:
        found = minutes(costs.around(position, since=at(148), until=at(151)))

    assert found == [151, 150, 150, 149, 148]
    assert len(watch.calls) == 3 + 2 + 8 + 2 + 1  # three ends, outward in 1, 8 halves of 300, outward in 2, and opened
    assert minutes(costs.around(position, since=at(2), until=at(4))) == [4, 2]
    assert minutes(costs.around(position, since=at(1), until=at(1))) == [1]


@pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)
def test_headers_are_read_no_further_than_one_call_can(back_end: BackEnd, log: LogId, clients: Clients) -> None:
    """A page is a megabyte; each that says that there are more is followed, until one is too many."""

    def goes_on(call: Call) -> Answer:
        http, parsed = call.send()
        return http, {**parsed, "LastEvaluatedKey": {"pk": {"S": "x"}, "sk": {"N": "1"}}}

    costs = cost_history(back_end, Bounds(log_megabytes=1))
    with watched(clients, goes_on, at="Query"), pytest.raises(LogTooLongError):
        list(costs.of_customer(log.organization_id, "cus_1", since=ALWAYS))
    assert len(list(costs.of_customer(log.organization_id, "cus_1", since=ALWAYS))) == 3
