"""Signals of a request that bring costs of their own: see `functions.runtime.cost_data`."""

from typing import TYPE_CHECKING

from functions.billing.errors import InvalidInput
from functions.billing.models.sender import Sender
from functions.billing.usecases.accept_signals import Failure
from functions.runtime.cost_data import cost_beside
from functions.runtime.signal_request import SignalRequest
from functions.wiring import token_prices

if TYPE_CHECKING:
    from functions.billing.models.signal import Signal


def with_costs(sender: Sender, sent: SignalRequest) -> SignalRequest:
    """A signal whose `costData` is wrong fails as a whole; one of a model that no list has brings an unpriced cost."""
    costs: dict[int, Signal] = {}
    failures: list[Failure] = []
    for index, signal in zip(sent.indexes, sent.signals, strict=True):
        if signal.data is None or signal.data.get("costData") is None:
            continue
        try:
            cost = cost_beside(sender, sent.signal(index), token_prices.token_prices)
        except InvalidInput as error:
            failures.append(Failure(index, error))
            continue
        if cost is not None:
            costs[index] = cost
    return sent.with_costs(costs, failures)
