"""What `make soak` plays at the front door of spans, without that which steers it."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from benchmarks.fuzz_spans import door
from benchmarks.fuzz_spans.__main__ import recorded
from benchmarks.fuzz_spans.door import FORBIDDEN, JSON, OK, PACKED, PROTOBUF, WITHIN, Finding, SentQueue, play
from benchmarks.fuzz_spans.mutations import mutated
from functions.billing.models.signal import Signal
from functions.traces import handler as front_door
from functions.traces.otlp_http import PartialSuccess

RECORDED = recorded()


def test_all_that_was_recorded_is_taken_in_each_of_the_ways() -> None:
    """JSON comes as it is, protobuf packed and not; of each the same spans and entries."""
    outcomes = [play(content) for content in RECORDED]

    assert {outcome.status for outcome in outcomes} == {OK}
    assert all(outcome.entries for outcome in outcomes)
    ways = [
        [outcome for outcome, content in zip(outcomes, RECORDED, strict=True) if content[0] % WITHIN == way]
        for way in range(3)
    ]
    assert ways[PROTOBUF] == ways[PACKED] == ways[JSON]
    headers, resources, spans = [ways[PROTOBUF][place::3] for place in range(3)]
    assert headers == resources == spans


def test_most_of_what_is_made_of_it_can_be_decoded_and_is_another() -> None:
    chance = Random(7)  # noqa: S311 - the same in each run
    statuses: Counter[int] = Counter()
    others = 0
    for content in RECORDED * 3:
        made = mutated(content, chance, of_bytes=lambda each: each[:-1])
        others += made != content
        statuses[play(made).status] += 1

    assert statuses[OK] > sum(statuses.values()) / 2
    assert others > len(RECORDED)


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x02", b"\x02{", b"\x01\xff", b"\x00\xff\xff"])
def test_what_is_no_request_is_answered(content: bytes) -> None:
    assert play(content).status in {OK, 400}


def test_an_entry_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SentQueue.entries

    def all_but_one(queue: SentQueue) -> Sequence[Signal]:
        return read(queue)[1:]

    monkeypatch.setattr(SentQueue, "entries", all_but_one)

    with pytest.raises(Finding, match="entries are said to be taken"):
        play(RECORDED[0])


def test_an_answer_that_counts_wrongly_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "_partial", lambda *_, **__: PartialSuccess(7, "7 spans were refused"))

    for content in RECORDED[:3]:
        with pytest.raises(Finding, match="says that 7 spans are refused, and 0 of them are"):
            play(content)


def test_spans_that_come_without_a_key_are_everybodys_refusal() -> None:
    """Those of the first recording, once with the key in no place."""
    assert play(bytes([WITHIN + RECORDED[0][0]]) + RECORDED[0][1:]).status == FORBIDDEN


def test_an_entry_that_could_never_be_logged_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MAX_ENTRY_BYTES", 10)

    with pytest.raises(Finding, match="can never be logged"):
        play(RECORDED[0])
