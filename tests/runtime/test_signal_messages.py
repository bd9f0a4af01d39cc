"""The signal queue's messages: what was accepted is what the worker reads, to the last detail."""

import json
import string
import zlib
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.billing.errors import InvalidInput, TooLarge
from functions.billing.models.signal import Signal, SignalBatch, Source
from functions.runtime.signal_messages import MAX_MESSAGE_BYTES, Header, Opened, Origin, cost_message, signal_messages
from functions.runtime.signal_request import SignalRequest, decode_batch
from functions.runtime.signal_wire import BulkRequest
from tests.builders import NOW
from tests.messages import encode_batch

SOURCE = Source("aBc-_9aBc-_9", 7, 20, 2, "2025-06-01")
ORIGIN = Origin("org_1", NOW, "JKJaXmPLvHcESHA=")
SIGNAL = Signal(
    event_name="送信 😀",
    external_customer_id="acme",
    occurred_at=NOW.replace(microsecond=1),
    data={"nested": [None, True, 0.1, 10**20, {"ключ": None}], "nothing": None},
    idempotency_key="1",
)
WITHOUT_TIME = Signal(
    event_name="email_sent", customer_id="cus_1", occurred_at=NOW, has_own_time=False, idempotency_key="\n"
)
SENT: dict[str, Any] = {
    "eventName": "送信 😀",
    "customer": {"externalCustomerId": "acme"},
    "attribution": {"productId": "prod_1"},
    "customerUnit": {"externalCustomerUnitId": "emea"},
    "timestamp": "2025-05-20T10:30:00.000001+02:00",
    "data": {"rate": 0.1, "nothing": None, "many": 10**20},
    "idempotencyKey": "k",
}


def batch_of(*signals: Signal) -> SignalBatch:
    return SignalBatch(organization_id="org_1", received_at=NOW, signals=signals)


def request_of(*signals: object) -> SignalRequest:
    body = json.dumps({"signals": signals}).encode()
    return SignalRequest.read(ORIGIN, body, lambda: BulkRequest.model_validate_json(body))


def header_of(message: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(message.partition("\n")[0])
    return header


def noise(size: int, *, seed: int) -> str:
    return "".join(Random(seed).choices(string.printable[:64], k=size))  # noqa: S311 - the same in each run


# ---- a request as it came


def test_the_worker_reads_of_a_request_what_the_front_door_read() -> None:
    request = request_of(SENT, {**SENT, "timestamp": None, "idempotencyKey": None})

    (message,) = request.messages([0, 1])

    batch = decode_batch(message.text(SOURCE))
    assert (message.size, batch.source) == (2, SOURCE)
    assert (batch.organization_id, batch.received_at, batch.schema_version) == ("org_1", NOW, 2)
    assert batch.signals == (
        Signal(
            event_name="送信 😀",
            external_customer_id="acme",
            product_id="prod_1",
            external_customer_unit_id="emea",
            occurred_at=datetime(2025, 5, 20, 8, 30, 0, 1, tzinfo=UTC),
            data={"rate": 0.1, "nothing": None, "many": 10**20},
            idempotency_key="k",
        ),
        batch.signals[0].model_copy(
            update={"occurred_at": NOW, "has_own_time": False, "idempotency_key": "JKJaXmPLvHcESHA=:1"}
        ),
    )


def test_what_is_refused_or_known_is_skipped_and_the_others_keep_the_keys_of_their_places() -> None:
    keyless = {"eventName": "email_sent", "customer": {"customerId": "cus_1"}}
    request = request_of(keyless, "no signal", keyless, keyless)

    (message,) = request.messages([0, 3])

    text = message.text(SOURCE)
    assert header_of(text)["skipped"] == [1, 2]
    assert [signal.idempotency_key for signal in decode_batch(text).signals] == [
        "JKJaXmPLvHcESHA=:0",
        "JKJaXmPLvHcESHA=:3",
    ]


@given(
    st.lists(st.sampled_from([SENT, {**SENT, "idempotencyKey": None}, {**SENT, "event_name": 1}, {}, None])), st.data()
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_signals_of_any_request_arrive_as_they_were_read(signals: list[object], data: st.DataObject) -> None:
    request = request_of(*signals)
    wanted = [index for index in request.indexes if data.draw(st.booleans())]

    messages = request.messages(wanted)

    arrived = [signal for message in messages for signal in decode_batch(message.text(SOURCE)).signals]
    assert arrived == [request.signal(index) for index in wanted]
    assert sum(message.size for message in messages) == len(wanted)


def test_a_request_of_which_little_is_new_travels_without_the_rest() -> None:
    most, few = request_of(*[SENT] * 4).messages([0, 3]), request_of(*[SENT] * 5).messages([0, 4])

    assert [("request_id" in header_of(m.text(SOURCE))) for m in (*most, *few)] == [True, False]


def test_a_request_too_large_for_a_message_is_several_in_order() -> None:
    """Forty signals with 60 KB of noise: at 6 bits a character 1.8 MB compressed, 2.4 MB of base64."""
    request = request_of(*[{**SENT, "data": {"noise": noise(60_000, seed=number)}} for number in range(40)])

    messages = request.messages(range(40))

    texts = [message.text(SOURCE) for message in messages]
    assert [message.size for message in messages] == [10, 10, 10, 10]
    assert max(map(len, texts)) <= MAX_MESSAGE_BYTES + 300
    assert [s for text in texts for s in decode_batch(text).signals] == [request.signal(i) for i in range(40)]


def test_a_signal_that_was_accepted_and_can_no_longer_be_read_is_not_passed_over() -> None:
    """So might newer code find it, or a damaged message bring it: the message must come again."""
    (message,) = request_of(SENT, None, SENT).messages([0, 2])
    header, content = message.text(SOURCE).split("\n")
    refused = json.dumps({**json.loads(header), "skipped": [2]})

    with pytest.raises(InvalidInput, match=r"signals\[1\] was accepted and can no longer be read"):
        decode_batch(f"{refused}\n{content}")


# ---- listed signals


def test_listed_signals_survive_their_encoding() -> None:
    (message,) = signal_messages(batch_of(SIGNAL, WITHOUT_TIME))

    batch = decode_batch(message.text(SOURCE))

    assert batch == batch_of(SIGNAL, WITHOUT_TIME).model_copy(update={"schema_version": 2, "source": SOURCE})


def test_costs_are_one_message_or_none() -> None:
    small = batch_of(SIGNAL, SIGNAL)
    large = batch_of(*[SIGNAL.model_copy(update={"data": {"noise": noise(60_000, seed=seed)}}) for seed in range(40)])

    assert decode_batch(cost_message(small).text(SOURCE)).signals == small.signals
    with pytest.raises(TooLarge, match=f"expected at most {MAX_MESSAGE_BYTES}: send them in several requests"):
        cost_message(large)


# ---- what is in the queue while the code changes


def test_a_message_of_schema_1_is_still_read() -> None:
    """Word for word from a queue of those days."""
    body = (
        "eJx1kE1OwzAQha+CZp1UdlAR8jm6AiFrZI9Sq7FT/BNRokjlFuwQJ+EybNhxBCYUIZWWkTd+80nvvRkhmTV51APF5PoASlbQxxaDe8TMgnYW"
        "1KxoCRVEMuQGshozq41olrW4qoVcyUYJwe+GoeTagF0CdTsCDRSyDuiJ+Y/90/vb68Xny/OeMXrIFBnUpqTce4oHKzTMcgZjSozHTsu6EStxrS5n"
        "p4WYR86GFjOCGiFiZhux4Aqhz2sXWlChdF0FHsOOq4kzM1XgLPltnymYnd4Qg7CRMFV/0vOVXKcTK2x5nJl/3+f5rbSNvS0mH7bJxrN1S3A/BHnC"
        "fzqfXPc0bKT7Qikrznw3fQFMspem"
    )

    batch = decode_batch(body)

    assert (batch.schema_version, batch.source, batch.organization_id, batch.received_at) == (1, None, "org_1", NOW)
    assert batch.signals == (
        Signal(
            event_name="送信 😀",
            external_customer_id="acme",
            occurred_at=datetime(2025, 5, 20, 8, 30, 0, 1, tzinfo=UTC),
            data={"rate": 0.1, "nothing": None, "many": 10**20},
            idempotency_key="k1",
        ),
        Signal(
            event_name="email_sent",
            customer_id="cus_1",
            external_product_id="sdr",
            external_customer_unit_id="emea",
            occurred_at=NOW,
            idempotency_key="request:1",
        ),
    )


def test_what_the_tests_encode_by_schema_1_is_read_too() -> None:
    assert decode_batch(encode_batch(batch_of(SIGNAL, SIGNAL))) == batch_of(SIGNAL, SIGNAL)


@pytest.mark.parametrize("damage", ["schema", "content", "header", "all"])
def test_what_cannot_be_read_raises_so_that_it_comes_again(damage: str) -> None:
    (message,) = request_of(SENT).messages([0])
    text = message.text(SOURCE)
    damaged = {
        "schema": text.replace('"schema":2', '"schema":3'),
        "content": text[:-20],
        "header": text[1:],
        "all": "not a batch of signals",
    }

    with pytest.raises((ValueError, zlib.error)):
        decode_batch(damaged[damage])


@pytest.mark.parametrize("content", [b'[{"event_name": "secret", "data": ' + b"[" * 300, b'[{"secret": 1}]'])
def test_of_a_message_that_cannot_be_read_no_log_shows_what_it_says(content: bytes) -> None:
    header = Header(schema=2, organization_id="org_1", received_at=NOW, source=SOURCE)

    with pytest.raises(ValidationError) as refused:
        Opened(header, content).batch()

    assert "input_value" not in str(refused.value)
    assert "[{" not in str(refused.value)
