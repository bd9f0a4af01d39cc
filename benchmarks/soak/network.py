"""What lies between the functions and AWS: every call stops here, may be disturbed, and is witnessed if it arrives."""

# ruff: noqa: ANN401 - botocore has no types for what is passed through here

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchmarks.soak.strands import Strand
from benchmarks.soak.witness import Witness
from infra.resources import SIGNAL_QUEUE
from local.resources import Clients, physical_name
from tests.faults import Answer, Call, answer, listening

Send = Callable[[str], object]
"""Takes the body of a message."""


class Network:
    """Signal messages go to `queue` and not to moto; all else does.

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

    def _before_call(self, client: Any, *, model: Any, params: dict[str, Any], context: Any, **_: object) -> Any:
        who = next((number for number, strand in enumerate(self._strands) if strand.is_running), None)
        if who is None:
            return None
        body = params["body"]
        call = Call(
            model.name,
            body.encode() if isinstance(body, str) else body,
            partial(self._sent, client, model, params, context),
        )
        return self._strands[who].cross(call)

    def _sent(self, client: Any, model: Any, params: dict[str, Any], context: Any) -> Answer:
        self.calls += 1
        who = next(number for number, strand in enumerate(self._strands) if strand.is_running)
        self._digest.update(f"{who} {model.name} ".encode())
        if model.name == "SendMessage":
            message = json.loads(params["body"])
            if message["QueueUrl"].endswith(physical_name(SIGNAL_QUEUE.name)):
                self._queue(message["MessageBody"])
                return answer(MessageId="1")
        made: Answer = client._make_request(model, params, context)  # noqa: SLF001 - as tests.faults does
        self._witness.saw(model.name, params["body"], made)
        return made
