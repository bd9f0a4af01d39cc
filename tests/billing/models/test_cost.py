from decimal import Decimal

import pytest

from functions.billing.models.cost import MAX_COST, Cost, cost_key


@pytest.mark.parametrize(
    ("amount", "quantity"),
    [("0", 0), ("0.000000000001", 1), ("1", 10**12), ("1E+2", 10**14), ("999999999.999999999999", 10**21 - 1)],
)
def test_a_cost_is_counted_in_parts_of_a_major_unit_without_loss(amount: str, quantity: int) -> None:
    assert Cost(Decimal(amount), "USD").quantity == quantity


@pytest.mark.parametrize("amount", [Decimal(0), Decimal("1E-12"), Decimal("0.1"), MAX_COST])
@pytest.mark.parametrize("named", [None, "openai"])
def test_a_cost_is_read_back_from_the_log_as_it_was_written(amount: Decimal, named: str | None) -> None:
    cost = Cost(amount, "KWD", vendor=named, model=named)

    assert Cost.of({**cost.to_data(), "metadata": {"run": 1}}) == cost


def test_what_stands_beside_the_amount_and_the_currency_may_be_missing() -> None:
    assert Cost.of({"amount": "1.5", "currency": "EUR"}) == Cost(Decimal("1.5"), "EUR")


def test_the_key_of_a_cost_is_its_senders_own_and_no_signals() -> None:
    keys = {cost_key("1"), cost_key("2"), "1", "cost:1", cost_key(cost_key("1"))}

    assert len(keys) == 5
