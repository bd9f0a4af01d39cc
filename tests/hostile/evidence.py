"""What a request has done: everything that is stored and queued, and the calls to AWS that it took."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from moto.backends import get_backend

from functions.wiring import aws
from local.environment import ACCOUNT, REGION
from tests.hostile.front_door import Reply

MOST_CALLS_OF_A_REFUSAL = 7
"""To AWS: who calls, what the path and the body name (an order names six things), and the write that was not taken."""

LONGEST_SENTENCE = 700
"""Characters: two values of some sixty, the field's path, and what was expected."""


def everything_stored() -> str:
    """A digest of all items, messages and objects; the time at which a key was last used is no change."""
    digest = hashlib.sha256()
    for line in sorted(_lines()):
        digest.update(line.encode(errors="surrogatepass"))
    return digest.hexdigest()


def _lines() -> Iterator[str]:
    for table in get_backend("dynamodb")[ACCOUNT][REGION].tables.values():
        for item in table.all_items():
            attributes = item.to_json()["Attributes"]
            if not attributes["pk"].get("S", "").endswith("#used"):  # when a key was last used
                yield f"{table.name} {sorted((name, str(value)) for name, value in attributes.items())}"
    for queue in get_backend("sqs")[ACCOUNT][REGION].queues.values():
        yield f"{queue.name} {len(queue._messages)}"
    for bucket in get_backend("s3")[ACCOUNT]["aws"].buckets.values():
        yield f"{bucket.name} {sorted(bucket.keys)}"


@dataclass
class Made:
    """Calls to AWS, by their names."""

    calls: list[str] = field(default_factory=list)

    def note(self, *, model: object, **_: object) -> None:
        self.calls.append(getattr(model, "name", "?"))


@contextmanager
def calls_made() -> Iterator[Made]:
    """Those of the functions, while this is open."""
    made, clients = Made(), (aws.dynamodb(), aws.sqs(), aws.s3())
    for client in clients:
        client.meta.events.register("before-call", made.note)
    try:
        yield made
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", made.note)


def assert_refused_cleanly(reply: Reply, *, before: str, calls: int) -> None:
    """One shape, a sentence that can be read, nothing changed, and little work."""
    assert 400 <= reply.status < 500, (reply.status, reply.content[:300])
    assert reply.headers["content-type"] == "application/json"
    assert reply.body.keys() <= {"error", "code", "details", "intentIndex"}, reply.body
    assert 10 < len(reply.sentence) <= LONGEST_SENTENCE, reply.sentence
    assert everything_stored() == before, f"a refusal changed something: {reply.sentence}"
    assert calls <= MOST_CALLS_OF_A_REFUSAL, (calls, reply.sentence)
