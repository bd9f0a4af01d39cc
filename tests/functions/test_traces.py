"""`POST /v1/traces` through its handler: what is taken is logged, priced, and billed once."""

import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from functions.billing.models.cost import COST_EVENT
from functions.billing.telemetry.entries import MAX_DATA_LEVELS
from functions.wiring import entities
from tests.functions.sales import Seller, at, seller, usage
from tests.functions.spending import entries
from tests.functions.telemetry import JSON, PROTOBUF, STARTED, call, export_all, signal, span, written
from tests.functions.test_costs import cost_plus
from tests.world import World

MEDIA = pytest.mark.parametrize("media", [PROTOBUF, JSON])


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


@MEDIA
def test_a_signal_stands_in_its_customers_log_with_all_that_its_span_said(acme: Seller, media: str) -> None:
    said: dict[str, Any] = {"data": '{"quantity": 3, "paid": {"enable_cost_tracing": true}}', "metadata.run.id": 7}
    sent = signal("email_sent", **said, paid_scope_id=12)

    answer = export_all(acme, sent, media=media)

    assert (answer.status, answer.rejected, answer.sentence) == (200, 0, "")
    (entry,) = entries(acme)
    assert (entry.event_name, entry.external_customer_id, entry.external_product_id) == ("email_sent", "acme", "sdr")
    assert entry.occurred_at == STARTED
    joined = {"trace_id": sent.trace_id.hex(), "span_id": sent.span_id.hex(), "paid_scope_id": 12}
    assert entry.data == {
        "quantity": 3,
        "paid": {"enable_cost_tracing": True, **joined},
        "metadata": {"run": {"id": 7}},
    }


@MEDIA
def test_a_call_of_a_model_is_a_cost_by_the_prices_of_its_moment(acme: Seller, media: str) -> None:
    sent = call((1_000, 500), **{"metadata.team": "a"}, at=5)

    assert export_all(acme, sent, media=media).status == 200

    (entry,) = entries(acme)
    assert (entry.event_name, entry.external_product_id) == (COST_EVENT, "sdr")
    data: Any = entry.data
    # gpt-4o: 2.50 for a million input tokens, 10.00 for output
    assert Decimal(data["amount"]) == Decimal(1_000 * 250 + 500 * 1_000) / 10**8 == Decimal("0.0075")
    assert (data["currency"], data["vendor"], data["model"]) == ("USD", "openai", "gpt-4o-2024-08-06")
    assert data["priced_by"].startswith("genai-prices ")
    assert data["paid"] == {"trace_id": sent.trace_id.hex(), "span_id": sent.span_id.hex()}
    assert data["metadata"] == {"team": "a"}
    assert data["span"] == {
        "name": "paid.trace.openai.chat.completions.create",
        "started_unix_nano": str(sent.start_time_unix_nano),
        "ended_unix_nano": str(sent.end_time_unix_nano),
    }


def test_spans_that_mean_nothing_for_billing_are_taken_and_not_kept(acme: Seller) -> None:
    answer = export_all(acme, span("paid.trace.parent_span", external_customer_id="acme"), span("GET /"))

    assert (answer.status, answer.rejected) == (200, 0)
    assert entries(acme) == []


def test_signals_and_costs_of_spans_are_billed(acme: Seller) -> None:
    acme.sell(usage(at(10_00)), cost_plus(2))
    (product,) = acme.tenant.get("/products/")["data"]
    acme.tenant.call("PUT", f"/products/{product['id']}", {"externalId": "sdr"})

    export_all(acme, signal("email_sent"), call((1_000_000, 100_000)))
    acme.world.advance_clock(acme.tenant, date(2025, 7, 1))

    (invoice,) = acme.tenant.get("/invoices/")["data"]
    # one signal at 10.00, and tokens for 2.50 + 1.00, twice
    assert invoice["invoiceTotal"] == 10_00 + 2 * (2_50 + 1_00)


def test_a_call_without_a_customer_is_kept_under_one_that_stands_for_all_of_them(acme: Seller) -> None:
    export_all(acme, call(customer=None))

    customer_id = entities.customers().resolve(acme.tenant.organization_id, "unattributed AI calls")
    (entry,) = entries(acme, customer_id)
    data: Any = entry.data
    assert data["paid"]["unattributed"] is True


def test_a_signal_may_say_itself_what_it_cost(acme: Seller) -> None:
    own = signal(data='{"costData": {"vendor": "ours", "cost": {"amount": 0.002, "currency": "USD"}}}')
    said = '{"gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500}'
    tokens = signal(data=f'{{"costData": {{"vendor": "openai", "attributes": {said}}}}}')

    for _ in range(2):
        assert export_all(acme, own, tokens).rejected == 0

    costs = [entry for entry in entries(acme) if entry.event_name == COST_EVENT]
    amounts = [Decimal(str(entry.data["amount"])) for entry in costs if entry.data is not None]
    # 1,000 tokens at 2.50 for a million, and 500 at 10.00
    assert sorted(amounts) == [Decimal("0.002"), Decimal("0.0025") + Decimal("0.0050")]
    assert len(entries(acme)) == 4


def test_a_signal_that_says_wrongly_what_it_cost_is_refused_as_a_whole(acme: Seller) -> None:
    answer = export_all(acme, signal(data='{"costData": {"vendor": "ours"}}'), signal())

    assert answer.rejected == 1
    assert "data.costData: expected cost, or attributes with the tokens of a call" in answer.sentence
    assert len(entries(acme)) == 1


def test_a_span_that_says_too_much_costs_its_neighbours_nothing(acme: Seller) -> None:
    """A megabyte of a unit's kind was taken and could not be logged, and with them three calls of 2.50 dollars."""
    said: dict[str, Any] = {"gen_ai.image.count": 1, "gen_ai.image.size": "x" * 900_000}
    large = span("images", external_customer_id="acme", **said)

    answer = export_all(acme, *(call((1_000_000, 0)) for _ in range(3)), large)

    assert (answer.status, answer.rejected) == (200, 1)
    assert "gen_ai.image.size is 'xxx" in answer.sentence
    logged: list[Any] = [entry.data for entry in entries(acme)]
    assert [data["amount"] for data in logged] == ["2.5"] * 3


def test_the_largest_of_everything_that_is_taken_is_logged(acme: Seller) -> None:
    """Characters of four bytes, the most there are, which do not compress."""
    chance = random.Random(7)  # noqa: S311 - no secret

    def text(characters: int) -> str:
        return "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _ in range(characters))

    metadata: dict[str, Any] = {f"metadata.{number}": text(255) for number in range(15)}
    sent = signal(
        text(255),
        product=text(255),
        data=json.dumps({"a": text(64_000 - len('{"a": ""}'))}, ensure_ascii=False),
        **metadata,
    )
    names: dict[str, Any] = {
        "gen_ai.system": text(255),
        "gen_ai.response.model": text(255),
        "gen_ai.request.model": text(255),
    }

    answer = export_all(acme, sent, call(product=text(255), **names, **metadata), call())

    assert (answer.status, answer.rejected, answer.sentence) == (200, 0, "")
    assert len(entries(acme)) == 3


def test_spans_that_sum_up_calls_are_no_costs_in_whatever_batch_they_come(acme: Seller) -> None:
    """Two calls of 2.50, sent while the agent still works, and then the agent's own span of both."""
    agent = call((2_000_000, 0), name="invoke_agent researcher", **{"gen_ai.operation.name": "invoke_agent"})

    export_all(acme, *(call((1_000_000, 0), parent=agent) for _ in range(2)))
    export_all(acme, agent)

    logged: list[Any] = [entry.data for entry in entries(acme)]
    assert [data["amount"] for data in logged] == ["2.5", "2.5"]


def test_what_a_span_of_nobody_cost_is_its_customers_whose_span_is_around_it(acme: Seller) -> None:
    outer = span("paid.trace.parent_span", external_customer_id="acme", external_agent_id="sdr")

    export_all(acme, outer, call((1_000_000, 0), customer=None, parent=outer))

    (entry,) = entries(acme)
    data: Any = entry.data
    assert (entry.external_product_id, data["amount"], "unattributed" in data["paid"]) == ("sdr", "2.5", False)


@pytest.mark.parametrize("together", [True, False])
def test_a_signal_that_comes_again_and_says_a_cost_brings_none(acme: Seller, together: bool) -> None:  # noqa: FBT001
    first = signal()
    again = Span.FromString(first.SerializeToString())
    again.attributes.extend(written({"data": '{"costData":{"vendor":"x","cost":{"amount":5,"currency":"USD"}}}'}))

    for batch in [[first, again]] if together else [[first], [again]]:
        assert export_all(acme, *batch).status == 200

    (entry,) = entries(acme)
    assert entry.event_name == "email_sent"


@MEDIA
@pytest.mark.parametrize("over", [0, 1])
def test_data_that_is_too_deep_for_the_log_is_refused_and_its_neighbours_are_not(
    acme: Seller, media: str, over: int
) -> None:
    levels = MAX_DATA_LEVELS + over
    deep = signal("deep", data='{"a":' * levels + "1" + "}" * levels)

    answer = export_all(acme, signal("plain"), deep, media=media)

    assert (answer.status, answer.rejected) == (200, over)
    assert {entry.event_name for entry in entries(acme)} == ({"plain"} if over else {"plain", "deep"})
    if over:
        assert answer.sentence.endswith("data has 101 levels, expected at most 100")


@MEDIA
def test_a_count_without_a_value_is_none(acme: Seller, media: str) -> None:
    """JavaScript writes NaN as null: 1,000,000 tokens at 2.50 a million are known all the same."""
    sent = call((1_000_000, 0))
    sent.attributes.add(key="gen_ai.usage.cached_input_tokens").value.SetInParent()

    answer = export_all(acme, sent, media=media)

    assert answer.rejected == 0
    (cost,) = entries(acme)
    assert cost.data
    assert cost.data["amount"] == "2.5"


def test_a_model_that_is_no_text_is_none(acme: Seller) -> None:
    said: dict[str, Any] = {"gen_ai.response.model": ["gpt"], "gen_ai.request.model": "gpt-4o"}

    answer = export_all(acme, call((1_000_000, 0), **said))

    assert answer.rejected == 0
    (cost,) = entries(acme)
    assert cost.data
    assert (cost.data["model"], cost.data["amount"]) == ("gpt-4o", "2.5")
