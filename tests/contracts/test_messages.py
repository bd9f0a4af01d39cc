"""The signal queue's messages: what was accepted is what the worker reads."""

from functions.adapters.sqs import decode_batch, encode_batch
from functions.billing.models.signal import Signal, SignalBatch
from tests.builders import NOW


def test_a_batch_survives_its_encoding_to_the_last_detail() -> None:
    signal = Signal(
        event_name="送信 😀",
        external_customer_id="acme",
        occurred_at=NOW.replace(microsecond=1),
        data={"nested": [None, True, 0.1, 10**20, {"ключ": None}], "nothing": None},
        idempotency_key="1",
    )
    batch = SignalBatch(organization_id="org_1", received_at=NOW, signals=(signal, signal))

    assert decode_batch(encode_batch(batch)) == batch
