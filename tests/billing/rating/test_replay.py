from collections.abc import Set
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.models.segment import Entry, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.rating.replay import checkpoints_at
from functions.billing.rating.usage import rate_forward
from tests.billing.strategies import cut, entries, law, plans
from tests.builders import make_entry, make_segments

LOG = make_segments([make_entry()], [], [make_entry(), make_entry()], [make_entry()])


def in_reads(segments: list[Segment], size: int) -> list[list[Segment]]:
    remaining = iter(segments)
    return list(iter(lambda: list(islice(remaining, size)), []))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (set(), [4]),
        ({0}, [0, 4]),
        ({4}, [4, 4]),
        ({1, 3}, [1, 3, 4]),
        ({0, 1, 2, 3, 4}, [0, 1, 2, 3, 4, 4]),
        ({2, 9}, [2, 4]),
    ],
)
def test_it_stops_at_each_mark_that_the_log_has_and_at_its_end(marks: Set[int], expected: list[int], size: int) -> None:
    found = [each.rated_through for each in checkpoints_at(marks, RatingPlan(), in_reads(LOG, size))]

    assert found == expected


def test_a_log_of_nothing_has_an_empty_checkpoint() -> None:
    assert list(checkpoints_at({0, 3}, RatingPlan(), [])) == [Checkpoint(), Checkpoint()]


@law
@given(plans, st.lists(entries, max_size=12), st.lists(st.integers(0, 12), max_size=4), st.integers(1, 3), st.data())
def test_what_it_finds_at_a_mark_is_what_rating_up_to_there_gives(
    plan: RatingPlan, signals: list[Entry], places: list[int], size: int, data: st.DataObject
) -> None:
    segments = cut(signals, [min(place, len(signals)) for place in places])
    marks = data.draw(st.sets(st.integers(0, len(segments))))

    found = {each.rated_through: each for each in checkpoints_at(marks, plan, in_reads(segments, size))}

    start = Checkpoint(plan_version=plan.version)
    assert found == {mark: rate_forward(start, plan, segments[:mark]) for mark in {*marks, len(segments)}}
