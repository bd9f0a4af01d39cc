"""Token usage through `POST /costs/bulk`: priced at the front door by the list of its day, logged, billed once.

gpt-4o is 2.50 a million in, 1.25 from the cache, 10 out; Claude Haiku 4.5 is 1, 0.10, 1.25 to the cache, and 5.
"""

from importlib.metadata import version
from typing import Any

import pytest

from tests.functions.sales import Json, Seller, day_of, seller
from tests.functions.spending import ACME, GOOD, entries, post, record
from tests.functions.test_costs import cost_plus
from tests.world import World

SOURCE = f"genai-prices {version('genai-prices')}"
GPT: Json = {"type": "usage", "customer": ACME, "vendor": "openai", "model": "gpt-4o"}
CLAUDE: Json = {"type": "usage", "customer": ACME, "vendor": "anthropic", "model": "claude-haiku-4-5-20251001"}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def gpt(inputs: int, outputs: int = 0, **fields: object) -> Json:
    return {**GPT, "usage": {"inputTokens": inputs, "outputTokens": outputs}, **fields}


def amounts(acme: Seller) -> list[Any]:
    return [(entry.data or {})["amount"] for entry in entries(acme)]


# ---- priced and kept


def test_a_priced_cost_stands_in_the_log_with_its_tokens_and_the_list_it_was_priced_by(acme: Seller) -> None:
    """200 * 1 + 10,000 * 0.10 + 2,000 * 1.25 + 300 * 5, each by 10^6: 0.0002 + 0.001 + 0.0025 + 0.0015."""
    tokens = {
        "inputTokens": 200,
        "outputTokens": 300,
        "cacheReadInputTokens": 10_000,
        "cacheCreationInputTokens": 2_000,
        "reasoningOutputTokens": 120,
    }

    assert record(acme, {**CLAUDE, "usage": tokens, "metadata": {"run": 7}}) == (1, 0)

    (entry,) = entries(acme)
    assert entry.data == {
        "amount": "0.0052",
        "currency": "USD",
        "vendor": "anthropic",
        "model": "claude-haiku-4-5-20251001",
        "usage": {
            "input_tokens": 200,
            "output_tokens": 300,
            "cache_read_input_tokens": 10_000,
            "cache_creation_input_tokens": 2_000,
            "reasoning_output_tokens": 120,
        },
        "priced_by": SOURCE,
        "metadata": {"run": 7},
    }


def test_tokens_that_are_not_said_are_none(acme: Seller) -> None:
    empty = dict.fromkeys(("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "reasoningOutputTokens"))

    record(acme, {**GPT, "usage": {**empty, "outputTokens": 100.0}}, {**GPT, "usage": {"inputTokens": 0}})

    assert amounts(acme) == ["0.001", "0"]


def test_tokens_cost_what_they_did_on_their_day(acme: Seller) -> None:
    """OpenAI made o3 cheaper on 10 June 2025: a million in was 10 dollars, and is 2. It is 1 June now."""
    o3 = {**GPT, "model": "o3", "usage": {"inputTokens": 1_000_000}}
    record(acme, o3, {**o3, "timestamp": "2025-06-10T01:59:59+02:00"}, {**o3, "timestamp": "2025-06-10T00:00:00Z"})
    acme.clock("2025-06-10")
    record(acme, o3)

    assert amounts(acme) == ["1E+1", "1E+1", "2", "2"]


def test_what_the_sender_says_it_cost_is_believed_also_of_a_model_that_nobody_knows(acme: Seller) -> None:
    said = gpt(1_000, model="acme-13b", costOverride={"amount": "0.5", "currency": "EUR"})

    assert record(acme, said, gpt(1_000, costOverride=None)) == (2, 0)

    assert amounts(acme) == ["0.5", "0.0025"]
    assert ["priced_by" in (entry.data or {}) for entry in entries(acme)] == [False, True]


# ---- repeats


def test_mixed_records_have_one_road_and_one_space_of_keys(acme: Seller) -> None:
    costs = [
        gpt(1_000, idempotencyKey="a"),
        {**GOOD, "idempotencyKey": "b"},
        gpt(1_000, idempotencyKey="b"),
        gpt(1_000, idempotencyKey="a"),
        gpt(2_000, idempotencyKey="a"),
    ]

    answer = post(acme, *costs).body
    acme.world.work()

    assert (answer["ingested"], answer["duplicates"]) == (2, 3)
    assert [conflict["index"] for conflict in answer["conflicts"]] == [2, 4]
    assert record(acme, *costs) == (0, 5)
    assert amounts(acme) == ["0.0025", "1.5"]


def test_a_repeat_by_another_price_is_the_same_cost(acme: Seller) -> None:
    """Nobody said a time: on 10 June the same tokens of o3 would cost a fifth. What was said is the same."""
    o3 = gpt(1_000, model="o3", idempotencyKey="k")
    record(acme, o3)
    acme.clock("2025-06-10")

    answer = post(acme, o3, {**o3, "model": "gpt-4o"}).body

    assert (answer["ingested"], answer["duplicates"]) == (0, 2)
    assert [conflict["index"] for conflict in answer["conflicts"]] == [1]


def test_a_body_without_keys_that_is_sent_again_is_more_of_the_same(acme: Seller) -> None:
    assert record(acme, gpt(1_000), gpt(1_000)) == record(acme, gpt(1_000), gpt(1_000)) == (2, 0)
    assert amounts(acme) == ["0.0025"] * 4


# ---- billed


def test_tokens_are_billed_to_the_cent_and_explained(acme: Seller) -> None:
    """A third on top of what they cost.

    1,000 calls of 1,234 in and 567 out: 1,000 * (1,234 * 2.50 + 567 * 10) / 10^6 = 1,000 * 0.008755 = 8.755
    one of 400 in, 600 cached, 1 out:    (400 * 2.50 + 600 * 1.25 + 10) / 10^6   = 0.00176
    one of Claude, as above:                                                       0.0052
    8.76196 * 1.33333 = 11.6825... = 11.68. Rounded call by call, a thousand cents and more would be 10.00.
    """
    acme.sell(cost_plus(1.33333))
    cached = {"inputTokens": 400, "cacheReadInputTokens": 600, "outputTokens": 1}
    claude = {
        "inputTokens": 200,
        "outputTokens": 300,
        "cacheReadInputTokens": 10_000,
        "cacheCreationInputTokens": 2_000,
    }
    calls = [gpt(1_234, 567, idempotencyKey=str(number)) for number in range(1_000)]

    assert record(acme, *calls, {**GPT, "usage": cached}, {**CLAUDE, "usage": claude}) == (1_002, 0)
    assert record(acme, *calls) == (0, 1_000)
    acme.clock("2025-07-01")

    (invoice,) = acme.invoices()
    assert (day_of(invoice["issueDate"]), invoice["invoiceTotal"]) == ("2025-07-01", 11_68)
    (line,) = acme.lines(invoice)
    explained = acme.tenant.get(f"/invoices/{invoice['id']}/lines/{line['id']}/explanation")
    assert explained["signals"]["count"] == 1_002
    assert "8.76196" in str(explained)
    assert "1.33333" in str(explained)
