"""What is sent: so many signals, so many in a request, of so many customers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

PRODUCT = "ai-sdr-001"
EVENT = "email_sent"
"""What the orders have a price for."""

FOLLOWED_EVENT, FOLLOWED_CUSTOMER = "followed", "customer-0"
"""Some signals are followed one by one from their POST into the log. They have no price."""

NUMBER = "n"
"""Under this name a signal's data say which one it is: the log is checked signal by signal, not by its size."""

_FOLLOWED = 100
"""About so many of a scenario, and of single signals every tenth."""

_STRIDE = 7919
"""A prime: signals that follow each other are of customers far apart, and all customers have their turn."""


@dataclass(frozen=True)
class BulkRequest:
    """One request; `followed` is the number of the signal in it that is followed, or None."""

    signals: Sequence[int]
    body: bytes
    followed: int | None


@dataclass(frozen=True)
class Scenario:
    """One row of the table, named with the size of its requests.

    Customers that are not known come to exist by their first signal, and have no order.
    """

    name: str
    signals: int
    bulk: int
    customers: int
    are_known: bool = True
    is_stopped: bool = False

    @property
    def requests(self) -> int:
        return ceil(self.signals / self.bulk)

    @property
    def customers_met(self) -> int:
        """Those that get a signal."""
        return min(self.signals, self.customers)

    def request(self, number: int) -> BulkRequest:
        """Always the same for the same number, keys and all: sent again it says nothing new."""
        signals = range(number * self.bulk, min((number + 1) * self.bulk, self.signals))
        followed = signals[-1] if number % self._follow_each == 0 else None
        wire = [self._wire(signal) for signal in signals]
        if followed is not None:
            wire[-1] |= {"eventName": FOLLOWED_EVENT, "customer": {"externalCustomerId": FOLLOWED_CUSTOMER}}
        return BulkRequest(signals, json.dumps({"signals": wire}).encode(), followed)

    def customer(self, signal: int) -> str:
        """The external id of a signal's customer."""
        return f"customer-{signal * _STRIDE % self.customers}"

    @property
    def _follow_each(self) -> int:
        return max(ceil(self.requests / _FOLLOWED), 10 if self.bulk == 1 else 1)

    def _wire(self, signal: int) -> dict[str, object]:
        return {
            "eventName": EVENT,
            "customer": {"externalCustomerId": self.customer(signal)},
            "attribution": {"externalProductId": PRODUCT},
            "idempotencyKey": f"load-{signal}",
            "data": {NUMBER: signal},
        }


SCENARIOS = (
    Scenario("bulk-1", 500, 1, 10),
    Scenario("bulk-10", 1_500, 10, 10),
    Scenario("bulk-100", 10_000, 100, 10),
    Scenario("bulk-1000", 50_000, 1_000, 10),
    Scenario("hot-100", 30_000, 100, 1),
    # The emulator takes some minutes to meet all ten thousand: --signals 10000 does it.
    Scenario("spread-10", 400, 10, 10_000, are_known=False),
    Scenario("sigterm-10", 1_500, 10, 10, is_stopped=True),
)


def chosen(names: Sequence[str], *, signals: int | None) -> list[Scenario]:
    """The scenarios of these names, of none all of them; with `signals` of that many each."""
    wanted = [scenario for scenario in SCENARIOS if scenario.name in names or not names]
    return wanted if signals is None else [replace(scenario, signals=signals) for scenario in wanted]
