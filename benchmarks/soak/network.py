"""What lies between the functions and AWS: every call stops here, may be disturbed, and is witnessed if it arrives."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.soak.strands import Strand
from benchmarks.soak.witness import Witness
from local.resources import Clients
from tests.faults import Answer, Call, answer, listening

Send = Callable[[str], object]
"""Takes the body of a message."""


class Network:
    """Messages go to `queue` and not to moto, for all that are sent one by one are signals'; all else does.

    `trace` is a digest of who called what in which order: two rounds are the same if it is.
    """

    def __init__(self, witness: Witness, queue: Send) -> None:
        self._witness = witness
        self._queue = queue
        self._strands: Sequence[Strand] = ()
        self._digest = hashlib.blake2b(digest_size=8)
        self.calls = 0

    @property
    def trace(self) -> str:
        return self._digest.hexdigest()

    @contextmanager
    def between(self, strands: Sequence[Strand], clients: Clients) -> Iterator[None]:
        """While this is open, each of the strands stops before each call of these clients."""
        self._strands = strands
        with listening(clients, self._before_call):
            yield

    def _before_call(self, call: Call) -> Answer | None:
        who = next((number for number, strand in enumerate(self._strands) if strand.is_running), None)
        if who is None:
            return None
        return self._strands[who].cross(replace(call, send=partial(self._sent, who, call)))

    def _sent(self, who: int, call: Call) -> Answer:
        self.calls += 1
        self._digest.update(f"{who} {call.operation} ".encode())
        if call.operation == "SendMessage":
            self._queue(json.loads(call.body)["MessageBody"])
            return answer(MessageId="1")
        if call.operation == "ReceiveMessage":
            return answer()  # from the dead letters, all of which `shelve_signals` gets
        answered = call.send()
        self._witness.saw(call, answered)
        return answered
