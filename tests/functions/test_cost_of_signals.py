"""`/signals/{id}/cost`: what a signal took, each cost with one signal at most, and whether it brings as much."""

from typing import Any

import pytest

from functions.billing.models.segment import hash_key
from tests.functions.calling import NOON, OTHER_TRACE, TRACE, links, report, spend
from tests.functions.sales import Json, Seller, at, seller, usage
from tests.functions.test_margins import ask
from tests.world import World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """E-mails at 0.10."""
    acme = seller(empty_world)
    acme.sell(usage(at(10)), autoPostInvoices=True)
    return acme


def cost_of(acme: Seller, signal_id: str) -> Any:
    answer = ask(acme, f"/signals/{signal_id}/cost")
    assert answer.status == 200, answer
    return answer.body


def amounts(acme: Seller, signal_id: str) -> list[str]:
    return [cost["amount"] for cost in cost_of(acme, signal_id)["costs"]]


def traced(trace_id: str = TRACE) -> Json:
    """The data of a signal that came as a span, with cost tracing on."""
    return {"paid": links(trace_id, enable_cost_tracing=True)}


def test_a_signal_with_cost_tracing_took_all_the_calls_of_its_trace(acme: Seller) -> None:
    """0.02 before it and 0.01 after it are 0.03, of the 0.10 that it brings: 0.07 are left."""
    spend(acme, "0.02", paid=links())
    signal_id = report(acme, **traced())
    spend(acme, "0.01", paid=links())
    spend(acme, "7", paid=links(OTHER_TRACE))

    found = cost_of(acme, signal_id)

    assert [each["amount"] for each in found["costs"]] == ["0.02", "0.01"]
    assert found["totals"] == [{"currency": "USD", "amount": "0.03", "calls": 2, "unpricedCalls": 0}]
    assert found["margins"] == [{"currency": "USD", "price": "0.10", "cost": "0.03", "margin": "0.07"}]
    assert found["costExceedsPrice"] is False


def test_a_call_tells_what_was_called_and_by_which_prices_it_cost_that(acme: Seller) -> None:
    spend(acme, "0.02", paid=links(), usage={"input_tokens": 10, "output_tokens": 2})

    (call,) = cost_of(acme, report(acme, **traced()))["costs"]

    assert call.pop("id")
    assert call == {
        "vendor": "openai",
        "model": "gpt-5",
        "amount": "0.02",
        "currency": "USD",
        "source": "prices 1",
        "isUnpriced": False,
        "tokens": {
            "inputTokens": 10,
            "outputTokens": 2,
            "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0,
            "reasoningOutputTokens": 0,
        },
        "traceId": TRACE,
        "spanId": "c" * 16,
        "occurredAt": "2025-06-05T12:00:00.000Z",
    }


def test_a_signal_took_the_calls_of_the_scope_that_it_names(acme: Seller) -> None:
    spend(acme, "0.02", paid=links(paid_scope_id=7))
    spend(acme, "0.05", paid=links(paid_scope_id=8))

    assert amounts(acme, report(acme, paid={"paid_scope_id": 7})) == ["0.02"]


def test_a_signal_that_is_a_span_has_its_contexts_scope_and_does_not_ask_for_it(acme: Seller) -> None:
    spend(acme, "0.02", paid=links(paid_scope_id=7))

    assert amounts(acme, report(acme, paid=links(paid_scope_id=7))) == []


def test_of_two_signals_of_a_trace_the_first_took_its_calls(acme: Seller) -> None:
    spend(acme, "0.02", paid=links())
    first, second = report(acme, **traced()), report(acme, **traced())
    spend(acme, "0.01", paid=links())

    assert amounts(acme, first) == ["0.02", "0.01"]
    assert amounts(acme, second) == []


def test_what_a_trace_asked_for_first_a_scope_does_not_have_too(acme: Seller) -> None:
    spend(acme, "0.02", paid=links(paid_scope_id=7))
    of_scope, of_trace = report(acme, paid={"paid_scope_id": 7}), report(acme, **traced())
    spend(acme, "0.03", paid=links(paid_scope_id=8))
    late = report(acme, paid={"paid_scope_id": 8})

    assert (amounts(acme, of_scope), amounts(acme, of_trace), amounts(acme, late)) == (["0.02"], ["0.03"], [])


def test_a_call_that_was_priced_later_costs_that_whenever_its_price_came(acme: Seller) -> None:
    spend(acme, "0", is_unpriced=True, paid=links())
    signal_id = report(acme, **traced())
    (unpriced,) = cost_of(acme, signal_id)["costs"]
    acme.clock("2025-07-10")
    spend(acme, "0.25", prices=unpriced["id"])
    spend(acme, "7", prices="sig_x-0-1-0")

    found = cost_of(acme, signal_id)

    assert (unpriced["amount"], unpriced["isUnpriced"]) == ("0.00", True)
    assert [(each["amount"], each["isUnpriced"]) for each in found["costs"]] == [("0.25", False)]
    assert found["totals"] == [{"currency": "USD", "amount": "0.25", "calls": 1, "unpricedCalls": 0}]


def test_another_customers_calls_in_the_same_trace_are_that_ones(acme: Seller) -> None:
    acme.tenant.create("/customers/", name="Beta", externalId="beta")
    spend(acme, "5", customer="beta", paid=links())

    assert amounts(acme, report(acme, **traced())) == []


def test_a_signal_took_what_came_with_it(acme: Seller) -> None:
    """A cost that came in a signal's data names the signal's key as the log keeps it."""
    signal_id = report(acme, costData={"vendor": "openai", "cost": {"amount": 0.04, "currency": "USD"}})
    key = acme.tenant.get("/signals/")["data"][0]
    assert key["id"] == signal_id
    spend(acme, "9", signal_key=hash_key("another").hex())

    assert "9" not in amounts(acme, signal_id)


def test_a_signal_that_asks_for_nothing_took_nothing_and_still_has_its_price(acme: Seller) -> None:
    spend(acme, "0.02", paid=links())
    found = cost_of(acme, report(acme))

    assert (found["costs"], found["totals"], found["margins"], found["costExceedsPrice"]) == ([], [], [], None)
    assert [price["amount"] for price in found["prices"]] == ["0.10"]


@pytest.mark.parametrize(("cost", "exceeds"), [("0.099999999999", False), ("0.1", False), ("0.100000000001", True)])
def test_a_signal_that_cost_more_than_it_brings_is_marked(acme: Seller, cost: str, *, exceeds: bool) -> None:
    spend(acme, cost, paid=links())

    assert cost_of(acme, report(acme, **traced()))["costExceedsPrice"] is exceeds


def test_the_price_of_a_signal_is_its_part_of_what_its_period_comes_to(empty_world: World) -> None:
    """3 e-mails, of which 1 is included: 2 at 0.10 are 0.20, and each brings 0.20 / 3 = 0.0666..."""
    acme = seller(empty_world)
    acme.sell(usage(at(10, includedQuantity=1)), autoPostInvoices=True)
    spend(acme, "0.066666666667", paid=links())
    signal_id = [report(acme, **traced()), report(acme), report(acme)][0]

    found = cost_of(acme, signal_id)

    (price,) = found["prices"]
    assert (price["charge"], price["quantity"], price["amount"]) == ("0.20", 3, "0.066666666667")
    assert (price["periodStart"], price["periodEnd"]) == ("2025-06-01T00:00:00.000Z", "2025-07-01T00:00:00.000Z")
    assert found["costExceedsPrice"] is True  # by a third of 10^-12


def test_a_cost_in_another_currency_is_not_compared(acme: Seller) -> None:
    spend(acme, "5", currency="EUR", paid=links())

    found = cost_of(acme, report(acme, **traced()))

    assert (found["margins"], found["costExceedsPrice"]) == ([], None)
    assert [total["currency"] for total in found["totals"]] == ["EUR"]


@pytest.mark.parametrize("unknown", [{"is_unpriced": True}, {"currency": "EUR"}])
def test_a_loss_is_known_as_soon_as_a_part_of_the_costs_is_one_and_else_not(acme: Seller, unknown: Json) -> None:
    """Of 0.10 it took 0.02, and what nobody has a price for, or nothing in EUR to compare with; then 0.09 more."""
    spend(acme, "0.02", paid=links())
    spend(acme, **{"amount": "0" if "is_unpriced" in unknown else "50", **unknown, "paid": links()})
    signal_id = report(acme, **traced())

    assert cost_of(acme, signal_id)["costExceedsPrice"] is None
    spend(acme, "0.09", paid=links())
    assert cost_of(acme, signal_id)["costExceedsPrice"] is True


def test_nothing_in_another_currency_hides_no_loss(acme: Seller) -> None:
    spend(acme, "0", currency="EUR", paid=links())
    spend(acme, "0.02", paid=links())

    assert cost_of(acme, report(acme, **traced()))["costExceedsPrice"] is False


def test_what_is_no_signal_was_not_found(acme: Seller) -> None:
    spend(acme, "5", paid=links())
    cost_id = cost_of(acme, report(acme, **traced()))["costs"][0]["id"]

    for unknown in (cost_id, "nothing", cost_id + "7", "sig_x-0-0-0"):
        assert ask_for(acme, unknown) == (404, f"signal {unknown} was not found")


def ask_for(acme: Seller, signal_id: str) -> tuple[int, str]:
    answer = acme.tenant.call("GET", f"/signals/{signal_id}/cost")
    return answer.status, answer.sentence


@pytest.mark.parametrize(
    "paid",
    [
        *(None, 7, "x", [], {}, {"paid_scope_id": None}, {"paid_scope_id": True}, {"paid_scope_id": 1.5}),
        *({"trace_id": 7}, {"trace_id": TRACE}, {"enable_cost_tracing": True}, {"paid_scope_id": "x" * 9_000}),
        {"enable_cost_tracing": 1, "trace_id": TRACE},
    ],
)
def test_whatever_a_sender_wrote_for_a_link_is_one_or_none(acme: Seller, paid: Any) -> None:
    spend(acme, "5", paid=links(paid_scope_id=1))

    assert amounts(acme, report(acme, paid=paid)) == []


def test_an_answer_says_when_the_costs_were_logged_that_it_has(acme: Seller) -> None:
    """The clock of a test organization stands at midnight of 1 June, whatever moment is sent."""
    found = cost_of(acme, report(acme))

    assert (found["loggedFrom"], found["loggedTo"]) == ("2025-05-31T23:00:00.000Z", "2025-06-01T01:00:00.000Z")
    assert NOON.day == 5
