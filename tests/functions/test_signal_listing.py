"""`GET /signals/`: the log read backwards, and by what it is filtered."""

from typing import Any

import pytest

from functions.billing.errors import shown
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.usecases import append_signals
from functions.wiring import aws, signalling
from local.resources import Clients
from tests.faults import watched
from tests.functions.sales import Seller, seller
from tests.world import World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def log(acme: Seller, *names: str, customer: str = "acme", **fields: object) -> None:
    """One request of signals with these names."""
    signals = [{"eventName": name, "customer": {"externalCustomerId": customer}, **fields} for name in names]
    assert acme.tenant.call("POST", "/signals/bulk", {"signals": signals}).body["ingested"] == len(names)
    acme.world.work()


def names(acme: Seller, **query: object) -> list[str]:
    return [signal["name"] for signal in acme.tenant.get("/signals/", **query)["data"]]


def test_the_newest_come_first_over_requests_days_and_customers(acme: Seller) -> None:
    log(acme, "1", "2", timestamp="2099-01-01T00:00:00Z")
    acme.clock("2025-06-02")
    log(acme, "3", customer="beta")
    acme.clock("2025-06-03")
    log(acme, "4", "5")

    assert names(acme) == ["5", "4", "3", "2", "1"]
    assert names(acme, externalCustomerId="acme") == ["5", "4", "2", "1"]


@pytest.mark.parametrize(
    ("limit", "offset", "page"),
    [(2, 0, "65"), (2, 1, "54"), (3, 2, "432"), (10, 5, "1"), (10, 6, ""), (6, 0, "654321"), (1, 9, "")],
)
def test_a_page_may_begin_and_end_in_the_middle_of_a_request(acme: Seller, limit: int, offset: int, page: str) -> None:
    log(acme, "1", "2")
    log(acme, "3")
    log(acme, "4", "5", "6")

    answer = acme.tenant.get("/signals/", limit=limit, offset=offset)

    assert "".join(signal["name"] for signal in answer["data"]) == page
    assert answer["pagination"] == {"limit": limit, "offset": offset, "total": 6, "hasMore": offset + len(page) < 6}


def test_filters_narrow_the_total_too(acme: Seller) -> None:
    log(acme, "a", "b", "a")
    log(acme, "a", customer="beta")

    answer = acme.tenant.get("/signals/", signalName="a", externalCustomerId="acme", limit=1)

    assert (len(answer["data"]), answer["pagination"]["total"], answer["pagination"]["hasMore"]) == (1, 2, True)


def test_moments_are_of_the_arrival_and_inclusive_on_both_sides(acme: Seller) -> None:
    for day in (1, 2, 3):
        acme.clock(f"2025-06-0{day}")
        log(acme, str(day), timestamp="2025-01-01T00:00:00Z")

    assert names(acme, createdAtFrom="2025-06-02") == ["3", "2"]
    assert names(acme, createdAtTo="2025-06-02") == ["2", "1"]
    assert names(acme, createdAtFrom="2025-06-02T00:00:00Z", createdAtTo="2025-06-02T00:00:00Z") == ["2"]
    assert names(acme, createdAtFrom="2025-06-02T00:00:01Z", createdAtTo="2025-06-02") == []
    assert names(acme, createdAtFrom="2025-06-02T00:00:00z", createdAtTo="2025-06-02t00:00:00z") == ["2"]
    assert names(acme, createdAtTo="2025-06-02T01:00:00+02:00") == ["1"]


def test_a_product_is_found_by_its_id_and_by_its_name_whichever_was_sent(acme: Seller) -> None:
    log(acme, "before", attribution={"externalProductId": "sdr"})
    product_id = acme.product(externalId="sdr")
    log(acme, "by name", attribution={"externalProductId": "sdr"})
    log(acme, "by id", attribution={"productId": product_id})
    log(acme, "other", attribution={"externalProductId": "chatbot"})

    assert names(acme, externalProductId="sdr") == ["by id", "by name", "before"]
    assert names(acme, productId=product_id) == ["by id", "by name"]


def test_a_name_that_a_customer_once_had_finds_what_was_sent_under_it(acme: Seller) -> None:
    log(acme, "under the old name")
    acme.tenant.call("PUT", "/customers/external/acme", {"externalId": "acme-2"})
    log(acme, "under the new name", customer="acme-2")

    assert names(acme, externalCustomerId="acme") == ["under the old name"]
    assert names(acme, externalCustomerId="acme-2") == ["under the new name", "under the old name"]


def test_the_signals_of_a_deleted_customer_are_found_by_its_name(acme: Seller) -> None:
    log(acme, "kept")
    assert acme.tenant.call("DELETE", "/customers/external/acme").status == 200

    assert names(acme, externalCustomerId="acme") == names(acme, customerId=acme.customer_id) == ["kept"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"limit": 0}, "limit is '0': expected at least 1"),
        ({"limit": 1001}, "limit is '1001': expected at most 1000"),
        ({"limit": "ten"}, "limit is 'ten': expected a whole number"),
        ({"offset": -1}, "offset is '-1': expected at least 0"),
        (
            {"createdAtFrom": "June"},
            "createdAtFrom is 'June': expected an ISO 8601 date or date-time such as 2025-06-01",
        ),
    ],
)
def test_a_bad_filter_is_refused(acme: Seller, query: dict[str, object], sentence: str) -> None:
    answer = acme.tenant.call("GET", "/signals/", query=query)

    assert (answer.status, answer.sentence) == (400, sentence)


@pytest.mark.parametrize(
    "change",
    [
        lambda signal_id: signal_id + "9",
        lambda signal_id: signal_id.replace("-0-", "-1-"),
        lambda signal_id: signal_id.replace("sig_", "sig_x"),
        lambda signal_id: signal_id[:-1] + "x",
        lambda _: "sig_",
        lambda _: "nothing",
        lambda _: "sig_" + "x" * 3_000 + "-0-1-0",
        lambda _: "sig_a-0-999999999999999999999-0",
    ],
)
def test_an_id_that_is_none_of_ours_is_not_found(acme: Seller, change: Any) -> None:
    log(acme, "one")
    signal_id = change(acme.tenant.get("/signals/")["data"][0]["id"])

    answer = acme.tenant.call("GET", f"/signals/{signal_id}")

    assert (answer.status, answer.sentence) == (404, f"signal {shown(signal_id)} was not found")


def test_a_customers_signals_are_listed_newest_first_over_all_shards_of_its_log(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append_signals, "SPLIT_AT", 3)
    sent = [str(number) for number in range(20)]
    for day, name in enumerate(sent, start=1):
        acme.clock(f"2025-06-{day:02d}")
        log(acme, name)

    listed = acme.tenant.get("/signals/", externalCustomerId="acme")

    shards = {signal["id"].split("-")[1] for signal in listed["data"]}
    assert len(shards) > 3
    assert [signal["name"] for signal in listed["data"]] == names(acme) == sent[::-1]
    assert listed["pagination"]["total"] == 20
    assert names(acme, externalCustomerId="acme", limit=5, offset=9) == sent[::-1][9:14]
    for signal in listed["data"]:
        assert acme.tenant.get(f"/signals/{signal['id']}") == signal


def test_the_customers_with_signals_are_those_whose_signals_came_last(acme: Seller) -> None:
    ids = {"acme": acme.customer_id}
    for name in ("silent", "beta", "gamma"):
        ids[name] = acme.tenant.create("/customers/", name=name, externalId=name)["id"]
    for day, name in enumerate(("acme", "beta", "gamma", "acme"), start=1):
        acme.clock(f"2025-06-0{day}")
        log(acme, "e", customer=name)

    customers = signalling.signal_listing().customers

    assert customers(acme.tenant.organization_id, 9) == [ids["acme"], ids["gamma"], ids["beta"]]
    assert customers(acme.tenant.organization_id, 2) == [ids["acme"], ids["gamma"]]
    assert customers("org_other", 9) == []


def test_a_page_of_many_requests_is_read_a_hundred_segments_a_call(acme: Seller) -> None:
    for number in range(101):
        log(acme, str(number))

    clients = Clients(dynamodb=aws.dynamodb(), s3=aws.s3(), sqs=aws.sqs())
    with watched(clients) as watch:
        page = signalling.signal_listing().page(acme.tenant.organization_id, SignalFilter(), limit=101, offset=0)

    assert [signal.event_name for signal in page.items] == [str(number) for number in reversed(range(101))]
    assert watch.calls == ["Query", "BatchGetItem", "BatchGetItem"]


def test_a_page_too_large_for_an_answer_ends_early_and_the_next_goes_on(acme: Seller) -> None:
    log(acme, *[str(number) for number in range(40)], data={"text": "x" * 60_000})

    first = acme.tenant.get("/signals/")
    shown = len(first["data"])
    second = acme.tenant.get("/signals/", offset=shown)

    assert 0 < shown < 40
    assert first["pagination"] == {"limit": 33, "offset": 0, "total": 40, "hasMore": True}
    assert [signal["name"] for signal in first["data"] + second["data"]] == [str(n) for n in reversed(range(40))]
    assert not second["pagination"]["hasMore"]
