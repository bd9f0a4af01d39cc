"""From signals to the documents of their invoices through all four workers, each of which crashes once at each call.

Lambda and SQS bring back what crashed, in a new environment: twice the daily run, whose starter has nobody that asks
for an answer. In the end the log, the books and what lies in the bucket are as if nothing had happened.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.billing.models.segment import hash_key
from infra.resources import DOCUMENT_QUEUE, DOCUMENTS, INVOICE_QUEUE, SIGNAL_QUEUE, Queue
from local.resources import physical_name
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import (
    AUGUST,
    CUSTOMER,
    EMAIL,
    EMAIL_ID,
    FEE,
    JULY,
    JUNE,
    Scene,
    delivered,
    email,
    is_whole,
)
from tests.faults import CRASHES, Crash, Fault, watched
from tests.memory import saved
from tests.world import World

WORKERS = ("rate_signals", "start_billing_run", "generate_invoices", "render_documents")
ACTIVATED = datetime(2025, 6, 1, tzinfo=UTC)

IN_JUNE, IN_JULY = datetime(2025, 6, 10, tzinfo=UTC), datetime(2025, 7, 10, tzinfo=UTC)
FIRST = (email("1", IN_JUNE), email("2", IN_JUNE), email("9", IN_JUNE, external_customer_id="new"))
SECOND = (email("2", IN_JUNE), email("3", IN_JULY))


@dataclass
class Pipeline:
    """`calls` are those of each worker; one of them ends its environment, at one of its calls."""

    scene: Scene
    crash: Fault | None = None
    worker: str = ""
    position: int = 0
    calls: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    environment: Environment = field(init=False)

    def run(self) -> None:
        """A day: signals come in, everything that is due is billed, and documents are made."""
        scene = self.scene
        self.environment = scene.environment()
        self._deliver("rate_signals", SIGNAL_QUEUE, [scene.batch(*FIRST), scene.batch(*SECOND)])
        self._until_done("start_billing_run", self._start)
        self._deliver("generate_invoices", INVOICE_QUEUE, list(map(json.dumps, scene.take(INVOICE_QUEUE))))
        self._deliver("render_documents", DOCUMENT_QUEUE, list(map(json.dumps, scene.take(DOCUMENT_QUEUE))))

    def _start(self) -> list[str]:
        self.environment.invoke("start_billing_run", {"as_of": str(AUGUST)})
        return []

    def _deliver(self, worker: str, queue: Queue, bodies: Sequence[str]) -> None:
        waiting = list(bodies)

        def deliver() -> list[str]:
            waiting[:] = delivered(self.environment, queue, waiting)
            return waiting

        self._until_done(worker, deliver)

    def _until_done(self, worker: str, turn: Callable[[], Sequence[str]]) -> None:
        try:
            with self._watched(worker):
                assert turn() == []
        except Crash:
            self.environment = self.scene.environment()
            assert turn() == []

    @contextmanager
    def _watched(self, worker: str) -> Iterator[None]:
        crash = self.crash if worker == self.worker else None
        with watched(self.scene.world.clients, crash, at=self.position) as watch:
            yield
        self.calls[worker] = watch.calls
        assert crash is None, "it should have crashed"


@pytest.fixture
def scene(shared_world: World) -> Iterator[Scene]:
    """Of a live organization, which the daily run bills, with an order that posts its invoices."""
    put_back = saved()
    made = Scene(shared_world, shared_world.tenant(test=False))
    made.begin()
    made.order(auto_post_invoices=True)
    made.activate(now=ACTIVATED)
    yield made
    put_back()


def test_undisturbed_what_was_sent_is_on_an_invoice_in_the_bucket(scene: Scene) -> None:
    pipeline = Pipeline(scene)

    pipeline.run()

    assert tuple(pipeline.calls) == WORKERS
    found = outcome(scene)
    assert found["keys"] == sorted(map(hash_key, "123"))
    assert found["invoices"] == {
        JUNE: (FEE, "posted", 1),
        JULY: (FEE + 2 * EMAIL, "posted", 2),
        AUGUST: (FEE + 1 * EMAIL, "posted", 3),
    }
    assert found["usage"] == {EMAIL_ID: {JUNE: 2, JULY: 1}}
    assert found["documents"] == [f"INV-00000{number}.{kind}" for number in (1, 2, 3) for kind in ("json", "pdf")]


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("worker", WORKERS)
def test_a_crash_of_any_worker_at_any_call_changes_nothing(
    scene: Scene, worker: str, crash: Fault, subtests: pytest.Subtests
) -> None:
    put_back = saved()
    undisturbed = Pipeline(scene)
    undisturbed.run()
    expected, calls = outcome(scene), undisturbed.calls[worker]

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            Pipeline(scene, crash, worker, position).run()

            assert outcome(scene) == expected


def outcome(scene: Scene) -> dict[str, Any]:
    """The log, its usage, the invoices by issue date, and the documents that are in the bucket."""
    assert is_whole(scene.log())
    return {
        "keys": sorted(entry.key_hash for entry in scene.entries()),
        "usage": scene.checkpoint(CUSTOMER).usage,
        "customers": len(scene.customer_ids()),
        "invoices": {i.issue_date: (i.total_minor, i.status.value, i.number) for i in scene.invoices()},
        "documents": sorted(document(scene, key) for key in _keys(scene)),
    }


def document(scene: Scene, key: str) -> str:
    """The name of one that is whole."""
    body = scene.world.clients.s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read()
    name = key.rpartition("/")[2]
    if name.endswith(".json"):
        assert f"INV-{json.loads(body)['number']:06}.json" == name
    else:
        assert body.startswith(b"%PDF-")
        assert body.rstrip().endswith(b"%%EOF")
    return name


_BUCKET = physical_name(DOCUMENTS.name)


def _keys(scene: Scene) -> list[str]:
    found = scene.world.clients.s3.list_objects_v2(Bucket=_BUCKET).get("Contents", [])
    return [each["Key"] for each in found]
