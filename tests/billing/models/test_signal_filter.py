from datetime import timedelta

import pytest

from functions.billing.models.cost import COST_EVENT
from functions.billing.models.signal_filter import SignalFilter
from tests.builders import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("seconds", "covered"), [(-1, False), (0, True), (5, True), (10, True), (11, False)])
def test_both_ends_of_the_time_asked_for_are_inclusive(seconds: int, *, covered: bool) -> None:
    wanted = SignalFilter(logged_from=NOW, logged_to=NOW + 10 * SECOND)

    assert wanted.covers(NOW + seconds * SECOND) is covered


def test_nothing_asked_for_takes_everything() -> None:
    assert SignalFilter().covers(NOW)
    assert SignalFilter().takes("email_sent", None, None)


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (SignalFilter(event_name="email_sent"), True),
        (SignalFilter(event_name="meeting_booked"), False),
        (SignalFilter(product_id="prod_1"), True),
        (SignalFilter(product_id="prod_2"), False),
        (SignalFilter(event_name="email_sent", product_id="prod_2"), False),
        (SignalFilter(external_product_id="ai-sdr"), True),
        (SignalFilter(product_id="prod_2", external_product_id="ai-sdr"), True),  # an alias of the product asked for
    ],
)
def test_signals_are_taken_by_event_and_by_either_name_of_their_product(wanted: SignalFilter, *, taken: bool) -> None:
    assert wanted.takes("email_sent", "prod_1", "ai-sdr") is taken


def test_signals_are_taken_by_what_their_sender_called_the_customer() -> None:
    wanted = SignalFilter(external_customer_id="acme")

    assert wanted.takes("email_sent", "prod_1", None, "acme")
    assert not wanted.takes("email_sent", "prod_1", None, "other")
    assert not wanted.takes("email_sent", "prod_1", None)


def test_a_signal_without_a_product_is_of_none() -> None:
    assert not SignalFilter(product_id="prod_1", external_product_id="ai-sdr").takes("email_sent", None, None)


@pytest.mark.parametrize(
    "wanted", [SignalFilter(), SignalFilter(event_name=COST_EVENT), SignalFilter(product_id="prod_1")]
)
def test_costs_are_no_signals(wanted: SignalFilter) -> None:
    assert not wanted.takes(COST_EVENT, "prod_1", None)
