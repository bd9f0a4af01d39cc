"""A budget of design §13: what was counted, what was allowed."""

from dataclasses import dataclass

DOLLARS_PER_MILLION_SIGNALS = {1: 2.20, 10: 0.45, 100: 0.16, 1_000: 0.09}
"""By the signals of a request, from the API to the log and its usage."""

DOLLARS_PER_MILLION_INVOICES = 15.0
"""Made, posted, and set as JSON and PDF."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`measured` must not exceed `target`; both in `unit`."""

    what: str
    target: float
    measured: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        return self.measured <= self.target

    @property
    def verdict(self) -> str:
        return f"{'ok' if self.holds else 'EXCEEDED'} {self.unit}".rstrip()


def table(budgets: list[Budget]) -> str:
    """The budgets as aligned rows with a verdict each."""
    width = max(len(budget.what) for budget in budgets)
    head = f"{'what':<{width}}  {'target':>9}  {'measured':>9}  verdict"
    rows = [f"{b.what:<{width}}  {_number(b.target):>9}  {_number(b.measured):>9}  {b.verdict}" for b in budgets]
    return "\n".join([head, "-" * len(head), *rows])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3f}"  # noqa: PLR2004 - three digits need no fractions
