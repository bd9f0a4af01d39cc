"""Batches and logs at the edges of what DynamoDB takes: an accepted signal that no segment can hold would be lost."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.adapters.dynamodb.segments import item_of_segment
from functions.billing.models.packing import MAX_ENTRIES
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.models.signal_filter import SignalFilter
from functions.runtime.signal_wire import MAX_DATA_CHARACTERS
from functions.wiring import counting
from infra.resources import SIGNAL_QUEUE
from tests.builders import NOW
from tests.exactly_once.scene import CUSTOMER, EMAIL_ID, JUNE, Scene, deliver_until_done, delivered, email, is_whole
from tests.faults import watched

MAX_ITEM_BYTES = 300_000
"""What the design allows a segment; DynamoDB ends at 400 KB."""

CHINESE, EMOJI, ASCII = (0x4E00, 0x9FFF), (0x1F300, 0x1F64F), (0x30, 0x7A)


def noise(alphabet: tuple[int, int], length: int, *, seed: int) -> str:
    chance = random.Random(f"{seed} {length}")  # noqa: S311 - the same in each run
    return "".join(map(chr, chance.choices(range(*alphabet), k=length)))


def the_largest_data(alphabet: tuple[int, int]) -> Iterator[Signal]:
    """As many characters as a signal may have, and none that another would save."""
    for number in range(6):
        yield email(str(number), data={"text": noise(alphabet, MAX_DATA_CHARACTERS - 12, seed=number)})


def the_longest_names(field: str) -> Iterator[Signal]:
    for number in range(400):
        yield email(str(number)).model_copy(update={field: noise(EMOJI, 255, seed=number)})


def escaped_names(character: str) -> Iterator[Signal]:
    for number in range(200):
        yield email(str(number), event_name=character * 250 + str(number))


def test_more_signals_than_a_segment_takes_become_several_and_each_counts(scene: Scene) -> None:
    scene.order()
    scene.activate()
    signals = [email(str(number)) for number in range(MAX_ENTRIES + 1)]

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(*signals[:600]), scene.batch(*signals[500:])])

    assert [len(segment.entries) for segment in scene.log()] == [MAX_ENTRIES, 1]
    assert is_whole(scene.log())
    assert scene.checkpoint().usage == {EMAIL_ID: {JUNE: MAX_ENTRIES + 1}}


@pytest.mark.parametrize(
    ("make", "of"),
    [
        pytest.param(the_largest_data, ASCII, id="data in one byte a character"),
        pytest.param(the_largest_data, CHINESE, id="data in three"),
        pytest.param(the_largest_data, EMOJI, id="data in four"),
        pytest.param(the_longest_names, "event_name", id="long event names"),
        pytest.param(the_longest_names, "external_product_id", id="long names of products"),
        pytest.param(the_longest_names, "external_customer_unit_id", id="long names of units"),
        pytest.param(escaped_names, "\x01", id="names that JSON escapes"),
    ],
)
def test_what_was_accepted_fits_into_segments(scene: Scene, make: Callable[[Any], Iterator[Signal]], of: Any) -> None:
    signals = list(make(of))
    body = scene.batch(*signals)

    assert delivered(scene.environment(), SIGNAL_QUEUE, [body]) == []

    assert len(scene.entries()) == len(signals)
    assert max(size_of(segment) for segment in scene.log()) <= MAX_ITEM_BYTES


def test_a_batch_of_more_segments_than_there_are_tries_is_appended_at_once(scene: Scene) -> None:
    """Ninety signals of 60 KB: four fit into a segment."""
    signals = [email(str(number), data={"text": "x" * 60_000}) for number in range(90)]

    assert delivered(scene.environment(), SIGNAL_QUEUE, [scene.batch(*signals)]) == []

    assert len(scene.log()) == 23
    assert len(scene.entries()) == 90


def test_a_log_of_several_pages_is_known_read_and_listed_whole(scene: Scene) -> None:
    """A page of DynamoDB ends at 1 MB of what it reads, however little is asked for: nine of 190 KB are two."""
    log = LogId(scene.organization_id, CUSTOMER)
    for number in range(1, 10):
        counting.signal_log().append(large_segment(log, number))
    fresh = scene.environment()

    with watched(scene.world.clients) as knowing:
        known = fresh.wiring.signal_log().known_keys(log)
    with watched(scene.world.clients) as listing:
        wanted = SignalFilter(customer_id=CUSTOMER)
        page = fresh.wiring.signal_listing().page(scene.organization_id, wanted, limit=3, offset=5)

    assert knowing.calls.count("Query") == 2
    assert (len(known.keys), known.last_segment, known.cumulative) == (9, 9, 9)
    assert listing.calls.count("Query") == 2
    assert [signal.data["number"] for signal in page.items] == [4, 3, 2]
    assert page.total == 9
    assert [segment.number for segment in scene.log()] == list(range(1, 10))


def test_a_repeat_of_a_key_on_the_first_page_is_known(scene: Scene) -> None:
    log = LogId(scene.organization_id, CUSTOMER)
    for number in range(1, 8):
        counting.signal_log().append(large_segment(log, number))

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("large 1"), email("large 7"))])

    assert len(scene.log()) == 7


def large_segment(log: LogId, number: int) -> Segment:
    """One signal with the key `large <number>`."""
    entry = Entry(
        key_hash=hash_key(f"large {number}"),
        event_name="email_sent",
        occurred_at=datetime(2025, 6, 10, tzinfo=UTC),
        data={"number": number, "text": noise(ASCII, 240_000, seed=number)},
    )
    return Segment(log=log, number=number, cumulative=number, logged_at=NOW, entries=(entry,))


def size_of(segment: Segment) -> int:
    """In bytes, as DynamoDB counts: names and values."""
    size = 0
    for name, typed in item_of_segment(segment).items():
        for value in typed.values():
            size += len(name) + len(value if isinstance(value, bytes) else str(value).encode())
    return size
