"""`POST /signals/bulk` as a whole: the envelope and its limits. What is in it has its own tests."""

import pytest

from tests.functions.sales import Seller, seller
from tests.world import Answer, World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "signals is missing"),
        (b"{}", "signals is missing"),
        (b'{"signals": null}', "signals is null: expected a list"),
        (b'{"signals": {}}', "signals is {}: expected a list"),
        (b"[]", "the body is [], expected an object"),
        (b'{"signals": [', "the body is not valid JSON: EOF while parsing a list at line 1 column 13"),
        (b'{"signals": [NaN]}', "the body is not valid JSON: expected value at line 1 column 14"),
    ],
)
def test_a_malformed_envelope_is_refused_as_a_whole(acme: Seller, body: bytes, sentence: str) -> None:
    answer = acme.tenant.call("POST", "/signals/bulk", body)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_a_body_over_the_limit_is_refused_and_told_the_limit(acme: Seller) -> None:
    def of(size: int) -> Answer:
        return acme.tenant.call("POST", "/signals/bulk", b'{"signals": []}'.ljust(size))

    assert of(6_000_000).status == 200
    assert (of(6_000_001).status, of(6_000_001).body) == (
        413,
        {"error": "the body has 6000001 bytes, expected at most 6000000", "code": "BODY_TOO_LARGE"},
    )


def test_a_request_has_at_most_ten_thousand_signals(acme: Seller) -> None:
    most = acme.tenant.call("POST", "/signals/bulk", {"signals": [{}] * 10_000})
    more = acme.tenant.call("POST", "/signals/bulk", {"signals": [{}] * 10_001})

    assert (most.status, most.body["failed"]) == (200, 10_000)
    assert more.status == 400
    assert more.sentence == "signals has 10,001 items, expected at most 10,000"


def test_a_request_is_of_at_most_a_thousand_customers(acme: Seller) -> None:
    signals = [{"eventName": "email_sent", "customer": {"externalCustomerId": str(number)}} for number in range(1_001)]

    refused = acme.tenant.call("POST", "/signals/bulk", {"signals": signals})
    acme.world.work()

    assert (refused.status, refused.sentence) == (
        400,
        "signals are of 1001 customers, expected at most 1000 in one request",
    )
    assert acme.tenant.get("/customers/")["pagination"]["total"] == 1


def test_no_signals_are_fine(acme: Seller) -> None:
    answer = acme.tenant.call("POST", "/signals/bulk", {"signals": []})

    assert (answer.status, answer.body) == (
        200,
        {"ingested": 0, "duplicates": 0, "failed": 0, "failures": [], "conflicts": []},
    )
