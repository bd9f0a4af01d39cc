"""However many tell of each call of a batch, and whichever of them know prices: each call counts once."""

import random

from hypothesis import given
from hypothesis import strategies as st

from functions.billing.telemetry.repeats import without_repeats
from functions.billing.telemetry.span import Span
from tests.billing.telemetry.spans import make_span, told_of

LANGCHAIN, WRAPPER, LIBRARY = "langchain", "wrapper", "library"
TELLERS = [LANGCHAIN, WRAPPER, LIBRARY]

calls = st.lists(st.tuples(st.integers(100, 101), st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=5)
"""The input tokens of each, when it began and how long it took: some are alike, and at the same time."""


@given(
    calls,
    st.lists(st.sampled_from(TELLERS), min_size=1, unique=True),
    st.sets(st.sampled_from(TELLERS)),
    st.sets(st.sampled_from([WRAPPER, LIBRARY])),
    st.randoms(),
)
def test_each_call_counts_once_and_with_a_price_where_one_of_its_spans_has_one(
    calls: list[tuple[int, int, int]],
    tellers: list[str],
    priced: set[str],
    with_answer: set[str],
    chance: random.Random,
) -> None:
    told = [
        told_of(span, "0.10" if span.name in priced else None)
        for number, (tokens, began, took) in enumerate(calls)
        for span in _spans(number, tokens, (began, began + took), tellers, with_answer)
    ]
    chance.shuffle(told)

    counts = without_repeats(told, [each.span for each in told])

    assert len(counts) == len(calls)
    assert all(each.is_priced for each in counts) == (not priced.isdisjoint(tellers))


def _spans(number: int, tokens: int, at: tuple[int, int], tellers: list[str], with_answer: set[str]) -> list[Span]:
    """LangChain's is beside the others, the library's within the wrapper's; each is within the time of the former."""
    spans: dict[str, Span] = {}
    for depth, teller in enumerate(TELLERS):
        if teller in tellers:
            said = {"langchain.run_id": f"run {number}"} if teller is LANGCHAIN else {}
            answer = {"gen_ai.response.id": f"gen-0123456789abcdef-{number}"} if teller in with_answer else {}
            spans[teller] = make_span(
                teller,
                {"gen_ai.usage.input_tokens": tokens, "gen_ai.usage.output_tokens": 20, **said, **answer},
                parent=spans.get(WRAPPER) if teller is LIBRARY else None,
                seconds=(at[0] + depth, at[1] + 6 - depth),
            )
    return list(spans.values())
