import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from functions.adapters.producer import Producer
from functions.billing.models.signal import Source
from functions.billing.models.signal_message import SignalMessage

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NAME = "a-process-01"


def message(size: int) -> SignalMessage:
    return SignalMessage(size, lambda source: " ".join(map(str, source)))


def sent(producer: Producer, size: int, *, organization_id: str = "org_1", received_at: datetime = NOW) -> Source:
    """What a message says of itself."""
    texts: list[str] = []
    producer.send(organization_id, received_at, message(size), texts.append)
    name, sequence, before, size_said, day = texts[0].split()
    return Source(name, int(sequence), int(before), int(size_said), day)


def fails(text: str) -> None:
    raise ConnectionError(text)


def test_messages_are_numbered_and_say_how_many_signals_were_sent_before() -> None:
    producer = Producer(NAME)

    assert [sent(producer, size)[:4] for size in (10, 5, 1)] == [(NAME, 1, 0, 10), (NAME, 2, 10, 5), (NAME, 3, 15, 1)]


def test_what_was_not_sent_takes_a_number_and_does_not_count() -> None:
    producer = Producer(NAME)
    sent(producer, 10)

    with pytest.raises(ConnectionError, match=f"{NAME} 2 10 5"):
        producer.send("org_1", NOW, message(5), fails)

    assert sent(producer, 5)[:4] == (NAME, 3, 10, 5)


def test_each_organization_is_counted_by_itself() -> None:
    producer = Producer(NAME)
    sent(producer, 10)

    assert sent(producer, 5, organization_id="org_2")[:4] == (NAME, 1, 0, 5)


@pytest.mark.parametrize(("hours_east", "day"), [(0, "2025-06-01"), (14, "2025-05-31"), (-14, "2025-06-02")])
def test_the_day_of_receipt_is_that_of_utc(hours_east: int, day: str) -> None:
    """Noon 14 hours east of Greenwich is 22:00 of the day before there; to the west it is 02:00 of the day after."""
    noon = NOW.replace(tzinfo=timezone(timedelta(hours=hours_east)))

    assert sent(Producer(NAME), 1, received_at=noon).received_on == day


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_send_one_after_the_other() -> None:
    """Each of 400 messages says what those before it amount to: 1 + 2 + ... as in their order."""
    producer = Producer(NAME)

    with ThreadPoolExecutor(8) as pool:
        sources = sorted(pool.map(lambda size: sent(producer, size), range(1, 401)), key=lambda source: source.sequence)

    assert [source.sequence for source in sources] == list(range(1, 401))
    assert [source.before for source in sources] == [sum(s.size for s in sources[:at]) for at in range(400)]
