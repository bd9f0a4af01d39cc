from dataclasses import replace

import pytest

from benchmarks.load.checking import Verdict
from benchmarks.load.emulator import EMULATOR, HANDLERS, Alone
from benchmarks.load.report import Result, closing, head, percentile, row
from benchmarks.load.scenarios import SCENARIOS, Scenario

RESULT = Result(
    scenario=Scenario("bulk-10", signals=2_000, bulk=10, customers=20),
    accepted=2_000,
    sending=10,
    until_counted=16,
    ways=[0.5] * 98 + [4, 60],
    deepest=1_234,
    shares={EMULATOR: 0.414, HANDLERS: 1.08, "this driver": 0.1},
    retried=3,
    verdict=Verdict(lost=0, double=1),
)


@pytest.mark.parametrize(
    ("values", "percent", "value"),
    [
        ([], 50, None),
        ([7], 50, 7),
        ([7], 99, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        ([3, 1, 2, 4], 50, 2),
        (range(1, 101), 99, 99),
        (range(1, 102), 99, 100),  # 0.99 of 101 are 99.99: the hundredth
        (range(1, 51), 99, 50),
    ],
)
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], percent: int, value: float | None
) -> None:
    assert percentile(values, percent) == value


def test_a_row_shows_rates_times_and_verdict() -> None:
    """2,000 in 10 s are 200 a second, in 16 s 125; of a hundred ways the 99th is 4 s."""
    assert " ".join(row(RESULT).split()) == "bulk-10 2,000 20 200 125 0.50 4.00 1,234 41% 108% 3 0 1"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_rows_stand_below_their_titles(scenario: Scenario) -> None:
    titles, rule = head().splitlines()
    shown = row(
        replace(
            RESULT,
            scenario=scenario,
            accepted=scenario.signals,
            ways=[999.99],
            deepest=9_999,
            retried=9_999,
            verdict=Verdict(999, 999),
        )
    )

    assert len(shown) == len(titles) == len(rule)


def test_what_is_not_known_is_a_dash() -> None:
    nothing = replace(RESULT, ways=[], shares={})

    assert " ".join(row(nothing).split()) == "bulk-10 2,000 20 200 125 - - 1,234 - - 3 0 1"


def test_the_closing_says_what_the_emulator_takes_and_that_it_is_no_aws() -> None:
    said = " ".join(closing(Alone(request=0.001, send=0.004, put=0.0025), {EMULATOR: 0.41}).split())

    assert "of the emulator and of this machine, not of AWS" in said
    assert "takes 1.0 ms without any AWS call" in said
    assert "4.0 ms to take a message and 2.5 ms to put an item: 250 and 400 a second" in said
    assert "the emulator 41%" in said


def test_where_processor_time_is_not_told_the_closing_says_nothing_of_it() -> None:
    assert "processor" not in closing(Alone(request=0.001, send=0.004, put=0.0025), {})
