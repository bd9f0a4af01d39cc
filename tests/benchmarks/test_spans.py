"""What `make bench` counts with: batches that can be read, each with what it is named for."""

from collections.abc import Callable

import pytest

from benchmarks.spans import SPANS, bare, signals, with_prompts
from functions.billing.telemetry.meaning import Call, Happening, meaning_of
from functions.traces.reading import read


def meanings(body: bytes) -> list[object]:
    received = read(body)
    assert (received.count, received.broken) == (SPANS, [])
    return [meaning_of(span) for spans in received.spans.values() for span in spans]


def test_of_a_bare_batch_a_quarter_are_signals_and_half_are_calls() -> None:
    told = [type(meaning) for meaning in meanings(bare())]

    assert (told.count(Happening), told.count(Call)) == (SPANS / 4, SPANS / 2)


def test_all_signals_are_signals() -> None:
    assert {type(meaning) for meaning in meanings(signals())} == {Happening}


def test_recorded_calls_come_with_their_prompts() -> None:
    body = with_prompts()

    assert {type(meaning) for meaning in meanings(body)} == {Call, type(None)}
    assert len(body) > SPANS * (4_000 + 1_000 + 1_000 + 2_000 + 800) * 0.9  # the texts' characters


@pytest.mark.parametrize("batch", [bare, signals, with_prompts])
def test_no_two_spans_of_a_batch_have_one_id(batch: Callable[[], bytes]) -> None:
    spans = [span for spans in read(batch()).spans.values() for span in spans]

    assert len({(span.trace_id, span.span_id) for span in spans}) == SPANS
