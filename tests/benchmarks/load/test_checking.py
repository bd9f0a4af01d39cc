import pytest

from benchmarks.load.checking import Verdict, log_of, verdict
from benchmarks.load.scenarios import EVENT, FOLLOWED_EVENT


@pytest.mark.parametrize(
    ("listed", "billed", "lost", "double"),
    [
        ([1, 2, 3], 3, 0, 0),
        ([1, 3], 2, 1, 0),
        ([1, 2, 2, 3], 4, 0, 1),
        ([2, 2, 2], 3, 2, 2),
        ([1, 2, 3], 2, 1, 0),  # in the log, and not on the next invoice
        ([1, 2, 3], 5, 0, 2),  # twice more on the invoice than in the log
        ([1, 2, 3, 4], 4, 0, 0),  # 4 was logged and its answer never came
    ],
)
def test_what_was_accepted_is_in_the_log_once_and_billed_once(
    listed: list[int], billed: int, lost: int, double: int
) -> None:
    log = log_of((number, EVENT) for number in listed)

    assert verdict({1, 2, 3}, log, billed=billed) == Verdict(lost=lost, double=double)


def test_one_lost_does_not_make_up_for_one_double() -> None:
    found = verdict({1, 2, 3}, log_of([(1, EVENT), (2, EVENT), (2, EVENT)]), billed=3)

    assert (found.lost, found.double, found.holds) == (1, 1, False)


def test_what_has_no_price_is_not_billed() -> None:
    log = log_of([(1, EVENT), (2, FOLLOWED_EVENT), (3, EVENT)])

    assert verdict({1, 2, 3}, log, billed=2).holds
    assert verdict({1, 2, 3}, log, billed=3) == Verdict(lost=0, double=1)


def test_where_nothing_is_sold_only_the_log_counts() -> None:
    assert verdict({1, 2}, log_of([(1, EVENT), (2, EVENT)]), billed=None).holds
