"""What a delivery came to, in numbers: one line of metrics."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.runtime.metrics import Metric, count, measure

if TYPE_CHECKING:
    from functions.billing.models.signal import Source
    from functions.billing.usecases.append_signals import Appended

_SECOND = timedelta(seconds=1)


class Tally:
    """Of the signals that this delivery appended, which no other does: each is counted here once or, by a crash, never.

    The repeats of a message that has come before may be what it brought itself, and are not counted.
    """

    def __init__(self) -> None:
        self._came_again: set[Source | None] = set()
        self._received: dict[str, datetime] = {}
        self._counted = self._unattributed = self._duplicates = 0

    def arrived(self, record: Mapping[str, Any], source: "Source | None") -> None:
        if record["attributes"].get("ApproximateReceiveCount", "1") != "1":  # no signal is held up for a number
            self._came_again.add(source)

    def waited(self, message_id: str, *, since: datetime) -> None:
        """`since` is when the front door took it, by the real clock."""
        self._received[message_id] = since

    def appended(self, done: "Appended", *, counted: int) -> None:
        self._counted += counted
        self._unattributed += done.appended - counted
        self._duplicates += sum(repeat.source not in self._came_again for repeat in done.repeats)

    def write(self, done: Iterable[str], *, rejected: int, now: datetime) -> None:
        """`done` are the messages that will not come again: the longest wait of them is the lag."""
        received = [self._received[message_id] for message_id in done if message_id in self._received]
        if received:
            measure({Metric.SIGNAL_LAG: max((now - min(received)) // _SECOND, 0)})
        count(
            {
                Metric.SIGNALS_COUNTED: self._counted,
                Metric.SIGNALS_UNATTRIBUTED: self._unattributed,
                Metric.SIGNALS_DUPLICATE: self._duplicates,
                Metric.SIGNALS_REJECTED: rejected,
            }
        )
