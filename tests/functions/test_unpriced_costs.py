"""Costs of models that no list had: listed, newest first, and priced once where today's list has them.

A cost that came while an older list was deployed is put into the queue as the front door of that release would have
put it: unpriced, though today's list has its model. gpt-4o is 2.50 a million in and 10 out.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from itertools import count
from typing import Any

import pytest

from functions.adapters.dynamodb.cost_log import DynamoCostLog
from functions.adapters.sqs import SqsCostQueue
from functions.billing.models.cost import COST_EVENT, Cost, TokenUsage, cost_key
from functions.billing.models.organization import Scope
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.unpriced import Place
from functions.runtime import settings
from functions.runtime.signal_messages import cost_message
from functions.wiring import aws, queues
from tests.faults import answer_is_lost, never_arrives, watched
from tests.functions.accounts import Account, account, own_clients
from tests.functions.sales import Json, Seller, day_of, seller
from tests.functions.spending import GOOD, entries, record
from tests.functions.test_costs import cost_plus
from tests.world import Answer, World

SOURCE = f"genai-prices {version('genai-prices')}"
MILLION = TokenUsage(input_tokens=1_000_000)
JUNE_5 = datetime(2025, 6, 5, 12, tzinfo=UTC)

_numbers = count()


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def leave(
    acme: Seller,
    *models: str | None,
    usage: TokenUsage | None = MILLION,
    customer: str = "acme",
    at: datetime = JUNE_5,
    **fields: Any,
) -> None:
    """Unpriced costs of these models in the customer's log, in one segment."""
    signals = tuple(
        Signal(
            event_name=COST_EVENT,
            external_customer_id=customer,
            occurred_at=at,
            data={
                **Cost(Decimal(0), "USD", vendor="openai", model=model, usage=usage, is_unpriced=True).to_data(),
                "metadata": {"run": 7},
            },
            idempotency_key=cost_key(f"left-{next(_numbers)}"),
            **fields,
        )
        for model in models
    )
    organization_id = acme.tenant.organization_id
    batch = SignalBatch(organization_id=organization_id, received_at=at, signals=signals)
    SqsCostQueue(queues.signal_queue(), cost_message).send(batch)
    acme.world.work()


def unpriced(acme: Seller, **query: object) -> list[Any]:
    page = acme.tenant.get("/costs/unpriced", **query)
    assert page["next"] is None
    return list(page["data"])


def reprice(acme: Seller, **body: object) -> Answer:
    answer = acme.tenant.call("POST", "/costs/unpriced/reprice", body)
    acme.world.work()
    return answer


# ---- listed


def test_an_unpriced_cost_is_listed_with_what_is_known_of_it(acme: Seller) -> None:
    product_id = acme.product(externalId="sdr")
    record(acme, GOOD)
    leave(acme, "gpt-99", external_product_id="sdr")

    (found,) = unpriced(acme)

    assert found.pop("id").startswith("sig_")
    assert found.pop("createdAt") == "2025-06-01T00:00:00.000Z"
    assert found == {
        "customerId": acme.customer_id,
        "externalCustomerId": "acme",
        "productId": product_id,
        "externalProductId": "sdr",
        "vendor": "openai",
        "model": "gpt-99",
        "usage": {
            "inputTokens": 1_000_000,
            "outputTokens": 0,
            "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0,
            "reasoningOutputTokens": 0,
        },
        "metadata": {"run": 7},
        "occurredAt": "2025-06-05T12:00:00.000Z",
    }


def test_the_newest_come_first_and_page_by_page_each_once(acme: Seller) -> None:
    for day, models in enumerate((("a", "b", "c"), ("d",), ("e", "f"))):
        leave(acme, *models)
        record(acme, GOOD)
        acme.clock(f"2025-06-{day + 2:02}")
    assert [found["model"] for found in unpriced(acme)] == ["f", "e", "d", "c", "b", "a"]

    for limit in (1, 2, 5):
        pages: list[list[str]] = []
        query: Json = {"limit": limit}
        while "before" not in query or query["before"] is not None:
            page = acme.tenant.get("/costs/unpriced", **query)
            pages.append([found["model"] for found in page["data"]])
            query["before"] = page["next"]
        assert [model for page in pages for model in page] == ["f", "e", "d", "c", "b", "a"]
        assert max(map(len, pages)) == limit


def test_only_the_costs_of_a_customer_are_listed_where_one_is_named(acme: Seller) -> None:
    leave(acme, "a")
    leave(acme, "b", customer="beta")

    assert [found["model"] for found in unpriced(acme)] == ["b", "a"]
    assert [found["model"] for found in unpriced(acme, externalCustomerId="beta")] == ["b"]
    assert [found["model"] for found in unpriced(acme, customerId=acme.customer_id)] == ["a"]
    assert unpriced(acme, externalCustomerId="nobody") == []
    assert unpriced(acme, externalCustomerId="beta", customerId=acme.customer_id) == []


def test_what_is_read_at_once_is_bounded_and_nothing_is_missed(acme: Seller) -> None:
    for model in "abcde":
        leave(acme, model)
        leave(acme, model.upper(), customer="beta")
    for headers, segments in ((1, 50), (2, 50), (3, 1), (5_000, 1), (5_000, 2), (5_000, 50)):
        log = DynamoCostLog(aws.dynamodb(), settings.signals_table(), headers=headers, segments=segments)
        read, place, asked = list[str](), None, 0
        while place is not None or not asked:
            asked += 1
            found = log.segments(acme.tenant.organization_id, acme.customer_id, before=place)
            assert len(found.segments) <= min(headers, segments)
            new = [s for moment, s in found.segments if place is None or moment != place.moment or place.index]
            read += [str((entry.data or {})["model"]) for segment in new for entry in segment.entries]
            place = found.next
        assert read == list("edcba"), (headers, segments)


@pytest.mark.parametrize("mark", ["x", "MQ==", "LjI=", "eC55", "//8=", "OTk5OTk5LjIwMjU="])
def test_a_mark_that_is_none_of_ours_is_refused(acme: Seller, mark: str) -> None:
    answer = acme.tenant.call("GET", "/costs/unpriced", query={"before": mark})

    assert (answer.status, answer.sentence) == (400, f"before is {mark!r}, expected the next of an earlier page")


def test_the_mark_of_another_organization_shows_nothing_of_it(acme: Seller) -> None:
    other = seller(acme.world)
    leave(acme, "a", "b")
    leave(other, "c", "d")
    mark = acme.tenant.get("/costs/unpriced", limit=1)["next"]

    found = other.tenant.get("/costs/unpriced", before=mark)["data"]

    assert {each["model"] for each in found} <= {"c", "d"}


# ---- priced


def test_what_the_list_has_now_is_priced_at_its_own_time_and_the_rest_waits(acme: Seller) -> None:
    """o3 in June 2025: 10 dollars a million until the ninth, 2 from the tenth."""
    leave(acme, "o3", "gpt-99", None)
    leave(acme, "o3", at=datetime(2025, 6, 10, tzinfo=UTC))
    leave(acme, "o3", usage=None)
    ids = {
        found["id"]: found["occurredAt"][:10] for found in unpriced(acme) if found["model"] == "o3" and found["usage"]
    }

    answer = reprice(acme)

    assert (answer.status, answer.body) == (200, {"priced": 2, "unpriced": 3, "next": None})
    priced = [entry for entry in entries(acme) if "prices" in (entry.data or {})]
    amounts = {ids[str((entry.data or {})["prices"])]: (entry.data or {})["amount"] for entry in priced}
    assert amounts == {"2025-06-05": "1E+1", "2025-06-10": "2"}
    assert sorted(entry.occurred_at.day for entry in priced) == [5, 10]
    assert all((entry.data or {})["priced_by"] == SOURCE for entry in priced)
    assert sorted(str(found["model"]) for found in unpriced(acme)) == ["None", "gpt-99", "o3"]


def test_twice_is_once_whoever_asks_and_whatever_is_lost(acme: Seller) -> None:
    leave(acme, "gpt-4o", "gpt-4o")
    for _ in range(2):  # the second finds them unpriced still: the first is under way
        assert acme.tenant.call("POST", "/costs/unpriced/reprice", {}).body["priced"] == 2
    with watched(own_clients(), never_arrives, at="SendMessage"):
        assert acme.tenant.call("POST", "/costs/unpriced/reprice", {}).status == 500
    with watched(own_clients(), answer_is_lost, at="SendMessage"):
        assert acme.tenant.call("POST", "/costs/unpriced/reprice", {}).status == 500
    acme.world.work()

    assert reprice(acme).body == {"priced": 0, "unpriced": 0, "next": None}
    assert unpriced(acme) == []
    assert [(entry.data or {})["amount"] for entry in entries(acme)] == ["0", "0", "2.5", "2.5"]


def test_only_a_customers_costs_are_priced_where_one_is_named_and_as_many_as_asked_for(acme: Seller) -> None:
    leave(acme, "gpt-4o", "gpt-4o", "gpt-4o")
    leave(acme, "gpt-4o", customer="beta")

    first = reprice(acme, externalCustomerId="acme", limit=2).body
    second = reprice(acme, externalCustomerId="acme", limit=2, before=first["next"]).body

    assert (first["priced"], second) == (2, {"priced": 1, "unpriced": 0, "next": None})
    assert [found["externalCustomerId"] for found in unpriced(acme)] == ["beta"]


def test_a_reader_may_list_and_not_price_and_a_sender_neither(acme: Seller) -> None:
    for scope, statuses in ((Scope.READ, (200, 403)), (Scope.WRITE, (403, 200)), (Scope.SIGNALS, (403, 403))):
        secret = acme.world.key(acme.tenant.organization_id, scopes=(scope,), now=JUNE_5)
        one = replace(acme.tenant, secret=secret)
        asked = (one.call("GET", "/costs/unpriced"), one.call("POST", "/costs/unpriced/reprice", {}))
        assert tuple(answer.status for answer in asked) == statuses, scope


# ---- billed


def test_a_price_that_comes_late_is_late_usage_on_the_next_invoice(acme: Seller) -> None:
    """June: 1.2 * 5.00 = 6.00 that were said. Its two calls of gpt-4o are 2 * 2.50 more, so that July's has 6.00."""
    acme.sell(cost_plus(1.2), autoPostInvoices=True)
    record(acme, {**GOOD, "amount": 5})
    leave(acme, "gpt-4o", "gpt-4o", "gpt-99")
    acme.clock("2025-07-01")
    assert acme.totals() == [("2025-07-01", 6_00)]

    assert reprice(acme).body["priced"] == 2
    assert reprice(acme).body["priced"] == 0
    acme.clock("2025-08-01")

    assert acme.totals() == [("2025-07-01", 6_00), ("2025-08-01", 6_00)]
    invoice = acme.invoices()[-1]
    (line,) = acme.lines(invoice)
    assert line["description"].startswith("Late usage")
    assert day_of(invoice["issueDate"]) == "2025-08-01"


def test_the_explanation_of_a_line_counts_a_call_once_that_was_priced_later_and_not_one_that_never_was(
    acme: Seller,
) -> None:
    acme.sell(cost_plus(2), autoPostInvoices=True)
    record(acme, {**GOOD, "amount": 5})
    leave(acme, "gpt-4o", "gpt-99")
    assert reprice(acme).body["priced"] == 1
    acme.clock("2025-07-01")
    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)

    explained = acme.tenant.get(f"/invoices/{invoice['id']}/lines/{line['id']}/explanation")

    assert (explained["signals"]["count"], explained["signals"]["costs"]) == (2, "7.5")


def test_a_price_is_of_the_unit_of_its_call(acme: Seller) -> None:
    leave(acme, "gpt-4o", external_customer_unit_id="berlin")

    reprice(acme)

    assert [entry.external_customer_unit_id for entry in entries(acme)] == ["berlin", "berlin"]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_price_counts_with_the_product_of_its_call_whoever_has_that_ones_external_id_meanwhile(
    acme: Seller,
    is_known: bool,  # noqa: FBT001
) -> None:
    """A million tokens are 2.50. A call is of the product that its name led to when it came; of one that led nowhere
    then, of the one that it leads to today."""
    if is_known:
        first = acme.product(externalId="sdr")
        leave(acme, "gpt-4o", external_product_id="sdr")
    else:
        leave(acme, "gpt-4o", external_product_id="sdr")
        first = acme.product(externalId="sdr")
        assert reprice(acme).body["priced"] == 1
    acme.tenant.call("PUT", f"/products/{first}", {"externalId": "sdr-2024"})
    second = acme.product(externalId="sdr")
    if is_known:
        assert reprice(acme).body["priced"] == 1

    def spent(path: str) -> list[tuple[str, int, int]]:
        found = acme.tenant.get(path, **{"from": "2025-06-01", "to": "2025-07-01"})["currencies"]
        return [(each["cost"], each["calls"], each["unpricedCalls"]) for each in found]

    spending, other = (first, second) if is_known else (second, first)
    assert spent("/customers/external/acme/margin") == [("2.50", 1, 0)]
    assert spent(f"/products/{spending}/margin") == [("2.50", 1, 0)]
    assert spent(f"/products/{other}/margin") == []
    named = "sdr-2024" if is_known else "sdr"
    (call,) = acme.tenant.get("/traces", externalProductId=named)["traces"]
    assert (call["isUnpriced"], call["cost"]["amount"]) == (False, 2.5)


def test_the_balance_accounts_for_costs_that_were_priced_again(empty_world: World) -> None:
    made: Account = account(empty_world)
    leave(made.seller, "gpt-4o", "gpt-99")

    reprice(made.seller)

    assert made.ends() == (3, 0, 3, 0, 0, 0)


def test_the_place_in_a_page_is_kept_by_its_mark() -> None:
    from functions.costs.unpriced_schemas import UnpricedQuery, _mark  # noqa: PLC0415

    place = Place("2025-06-01T00:00:00.000000+00:00#cus_1#0#000000000001", 17)

    assert UnpricedQuery(before=_mark(place)).place() == place
    assert UnpricedQuery().place() is None
