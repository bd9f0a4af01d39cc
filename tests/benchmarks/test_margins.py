"""The budgets of margins: counted, so that they hold here as in `make bench`."""

from benchmarks.margins import budgets


def test_a_margin_asks_aws_no_more_often_than_is_allowed() -> None:
    found = budgets()

    assert [budget.what for budget in found if not budget.holds] == []
    assert all(budget.measured > 0 for budget in found)
