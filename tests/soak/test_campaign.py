"""A few rounds of `make soak`, always the same ones; and that a round notices what it is there to notice."""

from dataclasses import replace

import pytest

from benchmarks.soak.climate import Climate
from benchmarks.soak.round import play

pytestmark = pytest.mark.slow

LARGE_BULKS = Climate(
    deliveries=4000,
    faults=0.5,
    largest_bulk=100,
    page=20,
    split_at=400,
    snapshot_every=5,
    merge_at=4,
    customers=4,
    moving=1,
)
SMALL_BULKS = Climate(
    deliveries=500,
    faults=1,
    largest_bulk=10,
    page=3,
    split_at=40,
    snapshot_every=2,
    merge_at=4,
    customers=3,
    moving=2,
)


@pytest.mark.parametrize("climate", [LARGE_BULKS, SMALL_BULKS])
def test_a_round_of_faults_and_races_ends_as_if_nothing_had_happened(climate: Climate) -> None:
    report = play("make test", climate)

    assert report.differences == []
    assert report.tally["deliveries"] > report.tally["unique signals"] > 0
    for what in ("crashes", "races lost", "splits", "fences", "orders activated", "conflicts"):
        assert report.tally[what] > 0, what


def test_the_same_seed_gives_the_same_round_to_the_last_call() -> None:
    first, second, other = (play(seed, replace(SMALL_BULKS, deliveries=60)) for seed in ("1", "1", "2"))

    assert first == second
    assert first.trace != other.trace
