"""`announce_invoices` and `announce_parked` of the admin function: what webhooks were not told, they are told."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.dynamodb.items import SCHEMAS
from functions.billing.models.invoice import Invoice
from functions.billing.models.webhook import WebhookSettings
from functions.wiring import webhooks
from infra.resources import BILLING_CHANGES, DOCUMENTS, INVOICE_QUEUE, WEBHOOK_QUEUE
from local.events import LambdaContext, stream_event
from local.resources import physical_name
from tests.builders import make_invoice
from tests.changes import taken
from tests.exactly_once.hooks import CREATED, FAULTS, POSTED, listen
from tests.exactly_once.scene import JUNE, Scene, deliver_until_done
from tests.faults import Crash, Fault, crashes_after, watched
from tests.refused_sends import refuses
from tests.world import BY_NAME

BUCKET = physical_name(DOCUMENTS.name)
NUMBER_TO_COME = SCHEMAS.numbers["Invoice"] + 1
IDS = ("inv_1", "inv_2", "inv_3")
MAY, JULY = datetime(2025, 5, 31, 23, 59, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)


class Hurried(LambdaContext):
    """Each look at the clock takes a minute, which is all the time of a part."""

    _looks = 0

    def get_remaining_time_in_millis(self) -> int:
        type(self)._looks += 1
        return 900_000 - 60_000 * self._looks


@pytest.fixture
def listening_scene(scene: Scene) -> Scene:
    """Whose organization listens to both events."""
    listen(scene.organization_id, "http://127.0.0.1/hooks")
    return scene


def made(scene: Scene, *invoices: Invoice) -> Any:
    """The stream's event of these invoices being made."""
    scene.environment().wiring.invoices().insert(scene.organization_id, list(invoices))
    return stream_event(taken(BILLING_CHANGES), "arn:of:the:stream")


def again(scene: Scene, *, since: str = "2025-06-01", context: object = None, **fields: object) -> Any:
    operation = {"operation": "announce_invoices", "organization": scene.organization_id, "since": since, **fields}
    return scene.environment().invoke("admin", operation, context)


def announce_parked(scene: Scene, *, context: object = None, **fields: object) -> Any:
    return scene.environment().invoke("admin", {"operation": "announce_parked", **fields}, context)


def in_parts(ask: Callable[[object], Any]) -> Iterator[Any]:
    """All answers, one after the other."""
    after: object = ""
    while after is not None:
        part = ask(after)
        yield part
        after = part["next"]


def queued(scene: Scene) -> set[tuple[str, str]]:
    """The ids and bodies of what is in the queue, which is empty then."""
    return {(each["id"], each["body"]) for each in scene.take(WEBHOOK_QUEUE)}


def told_of(scene: Scene) -> list[str]:
    """Which invoices the queue, empty then, tells of."""
    return sorted(json.loads(body)["data"]["invoice"]["id"] for _, body in queued(scene))


def parked(scene: Scene) -> list[str]:
    found = scene.world.clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="dead-letters/announce_events/")
    return [each["Key"] for each in found.get("Contents", [])]


def park_three(scene: Scene) -> None:
    """As if an older version had met three invoices of a newer one."""
    event = made(scene, *(make_invoice(id=name) for name in IDS))
    for record in event["Records"]:
        record["dynamodb"]["NewImage"]["schema"] = {"N": str(NUMBER_TO_COME)}
    assert scene.environment().invoke("announce_events", event) == {"announced": 0, "parked": 3}
    assert len(parked(scene)) == 3


# ---- from the invoices


def test_an_invoice_that_posted_itself_is_told_again_with_the_same_ids_and_bodies(listening_scene: Scene) -> None:
    scene = listening_scene
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    scene.environment().invoke("announce_events", stream_event(taken(BILLING_CHANGES), "arn:of:the:stream"))
    at_the_time = queued(scene)
    (invoice,) = scene.invoices()
    day = str(invoice.created_at.date())

    answer = again(scene, since=day)

    assert answer == {"read": 1, "events": {CREATED: 1, POSTED: 1}, "left": [], "next": None}
    assert queued(scene) == at_the_time
    assert len(at_the_time) == 2


def test_a_draft_that_was_posted_since_is_told_of_under_the_same_ids_as_it_is_now(listening_scene: Scene) -> None:
    scene = listening_scene
    draft = make_invoice()
    scene.environment().invoke("announce_events", made(scene, draft))
    ((first_id, _),) = queued(scene)
    scene.environment().wiring.invoices().modify(
        scene.organization_id, draft.id, lambda invoice: invoice.posted(number=1, now=JULY)
    )

    assert again(scene)["events"] == {CREATED: 1, POSTED: 1}

    bodies = {json.loads(body)["event"]: (name, json.loads(body)) for name, body in queued(scene)}
    assert bodies[CREATED][0] == first_id
    assert [bodies[event][1]["data"]["invoice"]["status"] for event in (CREATED, POSTED)] == ["posted", "posted"]
    assert bodies[POSTED][1]["timestamp"] == "2025-07-01T00:00:00.000Z"


def test_only_invoices_that_changed_since_the_day_are_told_of(listening_scene: Scene) -> None:
    """Made on the last minute before the day; the same, but changed on it; made on it."""
    scene = listening_scene
    old = {"created_at": MAY, "updated_at": MAY}
    before = make_invoice(id="inv_1", **old)
    changed = make_invoice(id="inv_2", **{**old, "updated_at": datetime(2025, 6, 1, tzinfo=UTC)})
    since = make_invoice(id="inv_3", created_at=JULY, updated_at=JULY)
    made(scene, before, changed, since)

    assert again(scene, since="2025-06-01")["read"] == 2
    assert told_of(scene) == ["inv_2", "inv_3"]
    assert again(scene, since="2025-05-31")["read"] == 3


def test_only_webhooks_that_are_enabled_now_are_told(listening_scene: Scene) -> None:
    scene = listening_scene
    made(scene, make_invoice())
    webhooks.webhooks().modify(scene.organization_id, lambda _: WebhookSettings())

    assert again(scene) == {"read": 1, "events": {}, "left": [], "next": None}
    assert queued(scene) == set()


def test_no_other_organization_is_told_of(listening_scene: Scene) -> None:
    scene = listening_scene
    other = scene.world.tenant().organization_id
    listen(other, "http://127.0.0.1/theirs")
    scene.environment().wiring.invoices().insert(other, [make_invoice()])

    assert again(scene)["read"] == 0
    assert again(scene, organization="org_nobody")["code"] == "NOT_FOUND"


def test_an_invoice_that_no_message_can_hold_or_sqs_refuses_is_named_and_the_others_are_sent(
    listening_scene: Scene,
) -> None:
    scene = listening_scene
    large = make_invoice(id="inv_2", metadata={"note": "x" * 1_000_000})
    made(scene, make_invoice(id="inv_1"), large, make_invoice(id="inv_3"))
    refusal = refuses(scene.world.clients, 1, code="InvalidMessageContents", is_senders_fault=True)

    with watched(scene.world.clients, refusal, at="SendMessageBatch"):
        answer = again(scene)

    assert answer == {"read": 3, "events": {CREATED: 1}, "left": ["inv_2", "inv_3"], "next": None}
    assert told_of(scene) == ["inv_1"]


def test_many_invoices_are_told_in_parts_that_miss_none(listening_scene: Scene) -> None:
    """250 invoices, a hundred at a time, with a clock that ends each part after the first hundred."""
    scene = listening_scene
    names = [f"inv_{number:03d}" for number in range(250)]
    made(scene, *(make_invoice(id=name) for name in names))

    parts = list(in_parts(lambda after: again(scene, after=after, context=Hurried(BY_NAME["admin"]))))

    assert [part["read"] for part in parts] == [100, 100, 50, 0]  # that there are no more shows in the last
    assert told_of(scene) == names


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_the_next_call_tells_all_under_the_same_ids(listening_scene: Scene, fault: Fault) -> None:
    scene = listening_scene
    made(scene, *(make_invoice(id=name) for name in IDS))
    again(scene)
    expected = queued(scene)

    disturbed(scene, fault, "SendMessageBatch", lambda: again(scene))
    again(scene)

    assert queued(scene) == expected
    assert len(expected) == 3


# ---- what is parked


def test_parked_changes_are_announced_by_code_that_reads_them_and_are_not_parked_then(
    listening_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = listening_scene
    park_three(scene)
    monkeypatch.setitem(SCHEMAS.numbers, "Invoice", NUMBER_TO_COME)

    answer = announce_parked(scene)

    assert answer == {"read": 3, "events": {CREATED: 3}, "left": [], "next": None}
    assert told_of(scene) == list(IDS)
    assert parked(scene) == []


def test_parked_changes_are_announced_in_parts_that_miss_none(
    listening_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = listening_scene
    park_three(scene)
    monkeypatch.setitem(SCHEMAS.numbers, "Invoice", NUMBER_TO_COME)

    parts = list(in_parts(lambda after: announce_parked(scene, after=after, context=Hurried(BY_NAME["admin"]))))

    assert [part["read"] for part in parts] == [1, 1, 1, 0]
    assert told_of(scene) == list(IDS)
    assert parked(scene) == []


def test_what_still_cannot_be_announced_stays_parked_and_is_named(listening_scene: Scene) -> None:
    scene = listening_scene
    park_three(scene)
    files = parked(scene)

    assert announce_parked(scene) == {"read": 3, "events": {}, "left": files, "next": None}
    assert parked(scene) == files


def test_what_sqs_refuses_stays_parked_and_the_others_are_announced(
    listening_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = listening_scene
    park_three(scene)
    first, *_ = parked(scene)
    monkeypatch.setitem(SCHEMAS.numbers, "Invoice", NUMBER_TO_COME)
    refusal = refuses(scene.world.clients, 0, code="InvalidMessageContents", is_senders_fault=True)

    with watched(scene.world.clients, refusal, at="SendMessageBatch"):
        answer = announce_parked(scene)

    assert (answer["events"], answer["left"]) == ({CREATED: 2}, [first])
    assert parked(scene) == [first]


def test_a_file_of_before_that_has_its_sequence_number_alone_is_announced_too(listening_scene: Scene) -> None:
    scene = listening_scene
    event = made(scene, make_invoice())
    old, broken = (f"dead-letters/announce_events/{name}.json" for name in ("123", "124"))
    scene.world.clients.s3.put_object(Bucket=BUCKET, Key=old, Body=json.dumps(event).encode())
    scene.world.clients.s3.put_object(Bucket=BUCKET, Key=broken, Body=b"{")

    assert announce_parked(scene)["left"] == [broken]
    assert parked(scene) == [broken]
    assert len(queued(scene)) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "GetItem", "SendMessageBatch", "DeleteObject"])
def test_whatever_happens_at_any_call_no_change_is_removed_before_it_is_sent(
    listening_scene: Scene, fault: Fault, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each point each change is parked, or sent, or both; and the next call brings it to its end."""
    scene = listening_scene
    park_three(scene)
    monkeypatch.setitem(SCHEMAS.numbers, "Invoice", NUMBER_TO_COME)

    disturbed(scene, fault, operation, lambda: announce_parked(scene))
    waiting = len(parked(scene))
    sent = set(told_of(scene))
    assert len(sent) + waiting >= 3
    announce_parked(scene)

    assert sent | set(told_of(scene)) == set(IDS)
    assert parked(scene) == []


def test_a_crash_between_sending_and_removing_sends_the_same_again(
    listening_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = listening_scene
    park_three(scene)
    monkeypatch.setitem(SCHEMAS.numbers, "Invoice", NUMBER_TO_COME)

    with pytest.raises(Crash), watched(scene.world.clients, crashes_after, at="SendMessageBatch"):
        announce_parked(scene)
    first = queued(scene)
    assert (len(first), len(parked(scene))) == (1, 3)
    announce_parked(scene)

    assert first < queued(scene)


def disturbed(scene: Scene, fault: Fault, operation: str, call: Any) -> None:
    """The call, with the fault at the first of its calls of that name."""
    with watched(scene.world.clients, fault, at=operation) as watch, suppress(Crash, BotoCoreError, ClientError):
        call()
    assert watch.has_struck
